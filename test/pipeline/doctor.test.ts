import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { requiredRoles } from '../../src/core/profile.ts';
import { tinyTrial, trialGraph } from '../../src/nets/trial-graph.ts';
import { tryProvider } from '../../src/nets/try-provider.ts';
import { diagnose, type DoctorRequest } from '../../src/pipeline/doctor.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/media.ts';
import { sha256Of, tinyEntry, tinyProfile } from '../helpers/profile.ts';

// Processes are started here; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 180_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (...names: string[]): string => join(folder.path, ...names);

/** Writes a complete mini whose networks all hold the same bytes. */
async function writeMini(content: Uint8Array): Promise<void> {
  const facts = { sha256: sha256Of(content), bytes: content.length };
  const roles = Object.fromEntries(
    requiredRoles.map((role) => [role, { ...tinyEntry('mini', role), ...facts }]),
  );
  await mkdir(at('bundled', 'mini'), { recursive: true });
  await writeFile(at('bundled', 'mini.json'), JSON.stringify(tinyProfile('mini', { roles })));
  for (const role of requiredRoles) await writeFile(at('bundled', 'mini', `${role}.onnx`), content);
}
/** Only the processor is really tried: the other devices have tests of their own. */
const request = (more: Partial<DoctorRequest> = {}): DoctorRequest => ({
  profile: 'mini',
  device: 'auto',
  env: { ...process.env, FACET_HOME: at('home') },
  bundled: at('bundled'),
  tryOne: (provider, options) =>
    provider === 'cpu'
      ? tryProvider(provider, options)
      : Promise.resolve({ provider, isListed: true, isUsable: false, problem: 'not tried' }),
  ...more,
});

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

describe('the doctor', () => {
  it('finds that a swap can run where ffmpeg, a device and complete networks are', async () => {
    await writeMini(trialGraph(tinyTrial));
    const found = await diagnose(request());
    expect(found.problems).toEqual([]);
    expect(Object.keys(found.networks).sort()).toEqual([...requiredRoles].sort());
    expect(found.networks['generator']).toMatch(/^cpu \(auto: no faster device \(.*not tried/);
    expect(found.codecs.map(({ codec }) => codec)).toContain('h264');
    expect(found.devices.find(({ provider }) => provider === 'cpu')?.isUsable).toBe(true);
    expect(found.cores).toBeGreaterThan(0);
    expect(found.cache).toMatchObject({ path: at('home'), isWritable: true });
  });

  it('names everything that is missing, ffmpeg first', async () => {
    await writeMini(trialGraph(tinyTrial));
    await rm(at('bundled', 'mini', 'parser.onnx'));
    const env = { ...process.env, FACET_HOME: at('home'), FFMPEG_PATH: '/nowhere/ffmpeg' };
    const { problems, ffmpeg, ffprobe } = await diagnose(request({ env, device: 'coreml' }));
    expect(problems.map(({ code, exitCode }) => [code, exitCode])).toEqual([
      ['FFMPEG_MISSING', 3],
      ['DEVICE_UNAVAILABLE', 6],
      ['MODEL_MISSING', 5],
    ]);
    expect(problems[2]?.message).toContain(at('bundled', 'mini', 'parser.onnx'));
    expect(ffmpeg).toBeUndefined();
    expect(ffprobe).toBeDefined();
  });

  it('opens the networks: a file with the right hash that is no network is found', async () => {
    await writeMini(Buffer.from('no network'));
    const { problems, networks } = await diagnose(request());
    expect(problems.map(({ code }) => code)).toEqual(['MODEL_UNREADABLE']);
    expect(networks).toEqual({});
  });

  it('says so where even the processor computes nothing', async () => {
    await writeMini(trialGraph(tinyTrial));
    const { problems, chosen } = await diagnose(
      request({
        tryOne: (provider) =>
          Promise.resolve({ provider, isListed: true, isUsable: false, problem: 'it crashed (SIGILL)' }),
      }),
    );
    expect(problems.map(({ exitCode }) => exitCode)).toEqual([6]);
    expect(chosen).toBeUndefined();
  });
});

describe('facet doctor', () => {
  it('ends with 0 on the bundled networks, and tells all in one line of JSON', async () => {
    const { exitCode, events } = await cli(['doctor', '--json']);
    expect(exitCode).toBe(0);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ event: 'diagnosed', isReady: true, problems: [] });
  });

  it('ends with 5 and what to run when the profile is not there', async () => {
    const env = { ...process.env, FACET_HOME: at('home') };
    const { exitCode, stdout } = await cli(['doctor', '--profile', 'e4s'], { env });
    expect(exitCode).toBe(5);
    expect(stdout).toContain('A swap cannot run here:');
    expect(stdout).toContain('facet models import e4s --checkpoint');
  });
});
