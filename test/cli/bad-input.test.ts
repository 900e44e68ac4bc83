import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, ffmpegsOf, startCli, until } from '../helpers/cli.ts';
import { ffmpeg, ffmpegs, packetTimes, temporaryFolder } from '../helpers/media.ts';

const run = promisify(execFile);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const pass = (target: string, output: string, ...more: string[]): string[] => [
  ...['passthrough', '--json', '-t', at(target), '-o', at(output), ...more],
];
/** Temporary files that a run left behind. */
const leftovers = async (): Promise<string[]> =>
  (await readdir(folder.path)).filter((name) => name.includes('facet-part') || name.startsWith('out'));

beforeAll(async () => {
  folder = await temporaryFolder();
  await chmod(folder.path, 0o755);
  const clip = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=30:d=4'];
  const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10'];
  await ffmpeg(...clip, ...h264, at('good.mp4'));
  await ffmpeg(...clip, ...h264, '-movflags', '+faststart', at('front.mp4'));
  await ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'aac', at('sound.m4a'));
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=30:d=60', ...h264, at('long.mp4'));
  await mkdir(at('folder'));
  await writeFile(at('empty.mp4'), '');
  await writeFile(at('text.mp4'), 'This is no video at all, only some words.\n'.repeat(50));
});
afterAll(() => folder.remove());

describe('bad input ends with its own code and leaves nothing', () => {
  it.each([
    ['a missing file', 'none.mp4', 3, 'INPUT_NOT_FOUND'],
    ['a directory', 'folder', 3, 'INPUT_IS_DIRECTORY'],
    ['an empty file', 'empty.mp4', 3, 'INPUT_UNREADABLE'],
    ['text renamed .mp4', 'text.mp4', 3, 'INPUT_UNREADABLE'],
    ['sound without picture', 'sound.m4a', 3, 'INPUT_NO_VIDEO_STREAM'],
  ])('%s', async (_name, target, exitCode, code) => {
    const result = await cli(pass(target, 'out.mp4'));
    expect(result.events.at(-1)).toMatchObject({ event: 'error', code });
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toMatch(/^facet: .+\.\n {2}.+\n$/);
    expect(await leftovers()).toEqual([]);
  });

  it.each([
    ['output = input', ['good.mp4', 'good.mp4', '-y'], 2, 'USAGE_OUTPUT_IS_TARGET'],
    ['an unknown codec', ['good.mp4', 'out.mp4', '--codec', 'divx'], 2, 'USAGE_BAD_VALUE'],
    ['a codec the container cannot hold', ['good.mp4', 'out.webm', '--codec', 'h264'], 2, 'USAGE_CONFLICT'],
    ['a container that is not written', ['good.mp4', 'out.avi'], 2, 'USAGE_BAD_CONTAINER'],
    ['an unknown option', ['good.mp4', 'out.mp4', '--crv', '3'], 2, 'USAGE_UNKNOWN_OPTION'],
    ['a range that is none', ['good.mp4', 'out.mp4', '--range', 'ten'], 2, 'USAGE_BAD_VALUE'],
    ['a range outside the file', ['good.mp4', 'out.mp4', '--range', '9-12'], 3, 'INPUT_RANGE_OUTSIDE'],
    ['a range that ends outside', ['good.mp4', 'out.mp4', '--range', '1-12'], 3, 'INPUT_RANGE_OUTSIDE'],
    ['frames outside the file', ['good.mp4', 'out.mp4', '--frames', '100-120'], 3, 'INPUT_RANGE_OUTSIDE'],
    ['an output that exists', ['good.mp4', 'front.mp4'], 7, 'OUTPUT_EXISTS'],
    ['an output folder that is not there', ['good.mp4', 'nowhere/out.mp4'], 7, 'OUTPUT_NOT_WRITABLE'],
    ['an output that is a folder', ['good.mp4', 'folder.mp4', '-y'], 7, 'OUTPUT_NOT_WRITABLE'],
  ])('%s', async (_name, [target = '', output = '', ...more], exitCode, code) => {
    await mkdir(at('folder.mp4'), { recursive: true });
    const before = await readFile(at('good.mp4'));
    const result = await cli(pass(target, output, ...more));
    expect(result.events.at(-1)).toMatchObject({ event: 'error', code });
    expect(result.exitCode).toBe(exitCode);
    expect(await leftovers()).toEqual([]);
    expect(before.equals(await readFile(at('good.mp4')))).toBe(true);
  });

  it('a truncated mp4 without its index', async () => {
    await writeFile(at('cut.mp4'), (await readFile(at('good.mp4'))).subarray(0, 60_000));
    const result = await cli(pass('cut.mp4', 'out.mp4'));
    expect(result.events.at(-1)).toMatchObject({ event: 'error', code: 'INPUT_TRUNCATED' });
    expect(result.exitCode).toBe(3);
    expect(await leftovers()).toEqual([]);
  });

  const isRoot = process.getuid?.() === 0;
  it('an unreadable file and an unwritable folder', async () => {
    await writeFile(at('secret.mp4'), await readFile(at('good.mp4')));
    await chmod(at('secret.mp4'), 0o600);
    await mkdir(at('closed'), { recursive: true });
    await chmod(at('closed'), 0o555);
    // Root reads and writes everything: somebody else has to ask.
    const options = isRoot ? { uid: 65534 } : {};
    if (!isRoot) await chmod(at('secret.mp4'), 0o000);
    await mkdir(at('open'), { recursive: true });
    await chmod(at('open'), 0o777);
    const unreadable = await cli(pass('secret.mp4', 'open/out.mp4'), options);
    expect(unreadable.events.at(-1)).toMatchObject({ event: 'error', code: 'INPUT_UNREADABLE' });
    expect(unreadable.exitCode).toBe(3);
    const unwritable = await cli(pass('good.mp4', 'closed/out.mp4'), options);
    expect(unwritable.events.at(-1)).toMatchObject({ event: 'error', code: 'OUTPUT_NOT_WRITABLE' });
    expect(unwritable.exitCode).toBe(7);
  });

  it('an ffmpeg that is named and is not there', async () => {
    const env = { ...process.env, FFMPEG_PATH: '/nowhere/ffmpeg' };
    const result = await cli(pass('good.mp4', 'out.mp4'), { env });
    expect(result.events.at(-1)).toMatchObject({ event: 'error', code: 'FFMPEG_MISSING' });
    expect(result.exitCode).toBe(3);
  });
});

describe.each(ffmpegs)('damaged input with $name', ({ env }) => {
  it('a truncated mp4 with its index gives what there is and says how much is lost', async () => {
    await writeFile(at('half.mp4'), await readFile(at('front.mp4')));
    await truncate(at('half.mp4'), Math.floor((await stat(at('front.mp4'))).size / 2));
    const result = await cli(pass('half.mp4', 'half-out.mp4', '-y'), { env });
    expect(result.exitCode).toBe(0);
    const finished = result.events.find(({ event }) => event === 'finished') as {
      frames: number;
      framesLost: number;
    };
    expect(finished.frames).toBeGreaterThan(30);
    expect(finished.framesLost).toBeGreaterThan(30);
    expect(finished.frames + finished.framesLost).toBe(120);
    expect(result.events.some(({ code }) => code === 'FRAMES_LOST')).toBe(true);
    const [whole, half] = await Promise.all([packetTimes(at('front.mp4')), packetTimes(at('half-out.mp4'))]);
    expect(half.ticks).toEqual(whole.ticks.slice(0, half.ticks.length));
  });

  it('corrupt packets in the middle keep the timing of all others', async () => {
    const bytes = await readFile(at('front.mp4'));
    const from = Math.floor(bytes.length * 0.5);
    // Zeros over a few packets: neither their lengths nor their pictures can be read.
    bytes.fill(0, from, from + 9000);
    await writeFile(at('holes.mp4'), bytes);
    const result = await cli(pass('holes.mp4', 'holes-out.mp4', '-y'), { env });
    expect(result.exitCode).toBe(0);
    const finished = result.events.find(({ event }) => event === 'finished') as {
      frames: number;
      framesLost: number;
    };
    expect(finished.frames + finished.framesLost).toBe(120);
    expect(finished.frames).toBeGreaterThan(90);
    const whole = new Set((await packetTimes(at('front.mp4'))).ticks);
    const { ticks } = await packetTimes(at('holes-out.mp4'));
    expect(ticks.length).toBe(finished.frames);
    expect(ticks.every((tick) => whole.has(tick))).toBe(true);
  });

  it('a full disk', async ({ skip }) => {
    await mkdir(at('tiny'), { recursive: true });
    const isMounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', at('tiny')]).then(
      () => true,
      () => false,
    );
    if (!isMounted) skip('mounting a small tmpfs is not permitted here');
    try {
      const result = await cli(pass('good.mp4', 'tiny/out.mp4', '--preset', 'ultrafast', '--crf', '1'), {
        env,
      });
      expect(result.events.at(-1)).toMatchObject({ event: 'error', code: 'OUTPUT_DISK_FULL' });
      expect(result.exitCode).toBe(7);
      expect(await readdir(at('tiny'))).toEqual([]);
    } finally {
      await run('umount', [at('tiny')]);
    }
  });

  it.each([
    ['decoder', 'rawvideo', 3, 'DECODER_KILLED'],
    ['encoder', 'pipe:0', 7, 'ENCODER_KILLED'],
  ])('a %s that is killed on the way', async (_name, mark, exitCode, code) => {
    const { child, result } = startCli(pass('long.mp4', 'out.mp4', '--preset', 'medium'), { env });
    const victim = await until(async () => {
      const found = (await ffmpegsOf(child.pid ?? 0)).find(({ command }) => command.includes(mark));
      return found && (await isWorking(folder.path)) ? found : undefined;
    }, 'the start of ffmpeg');
    process.kill(victim.pid, 'SIGKILL');
    const { events, exitCode: ended } = await result;
    expect(events.at(-1)).toMatchObject({ event: 'error', code });
    expect(ended).toBe(exitCode);
    expect(await leftovers()).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s on the way ends with 130 and leaves nothing',
    async (signal) => {
      const { child, result } = startCli(pass('long.mp4', 'out.mp4', '--preset', 'medium'), { env });
      const started = await until(async () => {
        const found = await ffmpegsOf(child.pid ?? 0);
        return found.length === 2 && (await isWorking(folder.path)) ? found : undefined;
      }, 'the start of both ffmpegs');
      child.kill(signal);
      const { events, exitCode } = await result;
      expect(exitCode).toBe(130);
      expect(events.at(-1)).toMatchObject({ event: 'error', code: 'INTERRUPTED' });
      expect(await leftovers()).toEqual([]);
      for (const { pid } of started) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    },
  );
});

/** True when the encoder has begun to write. */
async function isWorking(path: string): Promise<boolean> {
  const part = (await readdir(path)).find((name) => name.includes('facet-part'));
  if (part === undefined) return false;
  return stat(join(path, part)).then(
    ({ size }) => size > 100,
    () => false,
  );
}
