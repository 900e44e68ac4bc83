import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { writeRgiCheckpoint } from '../helpers/formula-checkpoint.ts';
import { temporaryFolder } from '../helpers/media.ts';
import { tinyProfile, writeProfile } from '../helpers/profile.ts';
import { tinyRgi } from '../helpers/tiny-rgi.ts';

const shared = fileURLToPath(new URL('../../../shared/models', import.meta.url));
// Processes are started here; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 180_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (...names: string[]): string => join(folder.path, ...names);
const models = (...args: string[]) =>
  cli(['models', ...args], {
    env: { ...process.env, FACET_HOME: at('home'), http_proxy: '', https_proxy: '' },
  });

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

describe('facet models', () => {
  it('list shows roles, sizes, licences, non-commercial flags, places, and what is not imported yet', async () => {
    const roles = tinyProfile('mine').roles;
    const encoder = { ...roles.encoder!, licence: 'CC-BY-NC-4.0', nonCommercial: true };
    const profile = tinyProfile('mine', { roles: { ...roles, encoder } });
    await writeProfile(at('home', 'models'), profile);
    await rm(at('home', 'models', 'mine', 'parser.onnx'));
    await writeFile(at('home', 'models', 'broken.json'), '{');
    const people = await models('list');
    expect(people.exitCode).toBe(0);
    expect(people.stdout).toContain('mine: not complete, non-commercial use only.');
    expect(people.stdout).toMatch(/encoder +0\.0 MB {2}CC-BY-NC-4\.0, non-commercial use only {2}\//);
    expect(people.stdout).toContain(`missing: ${at('home', 'models', 'mine', 'parser.onnx')}`);
    expect(people.stdout).toContain('broken.json is not JSON');
    expect(people.stdout).toMatch(/e4s: not imported, non-commercial use only/);
    expect(people.stdout).toMatch(/yunet +detector +0\.3 MB {2}Apache-2\.0/);

    const { stdout } = await models('list', '--json');
    const report = JSON.parse(stdout) as { profiles: { name: string; roles: Record<string, unknown>[] }[] };
    const mine = report.profiles.find(({ name }) => name === 'mine');
    expect(mine?.roles.find(({ role }) => role === 'encoder')).toMatchObject({
      nonCommercial: true,
      bytes: 12,
    });
    expect(report.profiles[0]).toMatchObject({ name: 'mini', isBundled: true });
  });

  it('verify ends with 0 when all is right, and with 5 and the file when not', async () => {
    await writeProfile(at('home', 'models'), tinyProfile('mine'));
    expect((await models('verify', 'mine')).exitCode).toBe(0);
    await writeFile(at('home', 'models', 'mine', 'mapper.onnx'), 'mine mxpper');
    const bad = await models('verify', 'mine', '--json');
    expect(bad.exitCode).toBe(5);
    expect(bad.events.map(({ event, code }) => code ?? event)).toEqual(['verified', 'MODEL_HASH_MISMATCH']);
    expect((await models('verify', 'nobody')).exitCode).toBe(5);
  });

  it.skipIf(!existsSync(shared))('pull takes YuNet from a folder and says how it is used', async () => {
    const pulled = await models('pull', 'yunet', '--from', shared);
    expect(pulled.exitCode).toBe(0);
    expect(pulled.stdout).toBe('yunet is here. Use it with --profile mini-yunet.\n');
    const again = await models('pull', 'yunet', '--json');
    expect(again.events.map(({ event }) => event)).toEqual(['kept', 'finished']);
    expect(again.events[1]).toMatchObject({ profile: 'mini-yunet' });
    expect((await models('list')).stdout).toContain('mini-yunet:');
  });

  it('pull into a cache that cannot be written ends with 7', async () => {
    await mkdir(at('home'));
    await chmod(folder.path, 0o755);
    await chmod(at('home'), 0o555);
    const isRoot = process.getuid?.() === 0;
    await writeFile(at('x.onnx'), 'x');
    const result = await cli(['models', 'pull', 'yunet', '--json', '--from', at('x.onnx')], {
      env: { ...process.env, FACET_HOME: at('home') },
      // Root writes everywhere: somebody else has to ask.
      ...(isRoot && { uid: 65534 }),
    });
    expect(result.exitCode).toBe(7);
    expect(result.events.at(-1)).toMatchObject({ event: 'error', code: 'OUTPUT_NOT_WRITABLE' });
    expect(result.stderr).toContain('set FACET_HOME');
  });

  it('import makes the profile e4s from a checkpoint, and says that it is not for commercial use', async () => {
    writeRgiCheckpoint(at('iteration_300000.pt'), tinyRgi({ maskedLayers: 7 }));
    const imported = await models('import', 'e4s', '--checkpoint', at('iteration_300000.pt'));
    expect(imported.stderr).toMatch(/^Reading .*iteration_300000\.pt/);
    expect(imported.exitCode).toBe(0);
    expect(imported.stdout).toMatch(/e4s: complete, non-commercial use only\./);
    expect(imported.stdout).toContain(at('home', 'models', 'e4s', 'generator.onnx'));
    expect(imported.stdout).toContain('Use it with --profile e4s.');
    const listed = await models('list');
    expect(listed.stdout).not.toContain('e4s: not imported');
  });

  it("swaps with an imported profile: the driven source's shape into the target's head, ten frames", async () => {
    writeRgiCheckpoint(at('iteration_300000.pt'), tinyRgi({ maskedLayers: 7 }));
    expect((await models('import', 'e4s', '--checkpoint', at('iteration_300000.pt'))).exitCode).toBe(0);
    const samples = fileURLToPath(new URL('../../samples', import.meta.url));
    const swap = ['swap', '-s', join(samples, 'source-1.png'), '-t', join(samples, 'talk.mp4'), '--json'];
    const { exitCode, events } = await cli(
      [...swap, '-o', at('out.mp4'), '--profile', 'e4s', '--shape', 'source', '--frames', '0-9'],
      { env: { ...process.env, FACET_HOME: at('home') } },
    );
    expect(exitCode).toBe(0);
    expect(events.at(-1)).toMatchObject({ event: 'finished', frames: 10, framesSwapped: 10 });
    const inspected = await cli(['inspect', at('out.mp4'), '--json']);
    expect(inspected.exitCode).toBe(0);
  });

  it('import of something that is no checkpoint ends with 5, of another name with 2', async () => {
    await writeFile(at('iteration_300000.pt'), 'this is no checkpoint at all');
    const bad = await models('import', 'e4s', '--checkpoint', at('iteration_300000.pt'), '--json');
    expect(bad.exitCode).toBe(5);
    expect(bad.events).toMatchObject([{ event: 'error', code: 'MODEL_UNREADABLE' }]);
    expect((await models('import', 'e5s', '--checkpoint', at('iteration_300000.pt'))).exitCode).toBe(2);
  });
});
