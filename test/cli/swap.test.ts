import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { decodedFrames, ffmpeg, temporaryFolder } from '../helpers/media.ts';

const samples = join(import.meta.dirname, '..', '..', 'samples');
const source = join(samples, 'source-1.png');
const talk = join(samples, 'talk.mp4');
const width = 640;
const height = 360;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());
const at = (name: string): string => join(folder.path, name);

/** Mean difference of luma between neighbours in a row, where both changed. */
function steepness(before: Uint8Array, after: Uint8Array, w: number, h: number): number {
  let [sum, count] = [0, 0];
  for (let i = 1; i < w * h; i++) {
    if (after[i] === before[i] || after[i - 1] === before[i - 1]) continue;
    sum += Math.abs(after[i]! - after[i - 1]!);
    count += 1;
  }
  return sum / count;
}

describe('facet swap with the bundled networks', () => {
  it('swaps the sample: same frames, another face, every pixel outside its crop as decoded', async () => {
    const output = at('talk.mkv');
    const { exitCode, events, stderr } = await cli([
      ...['swap', '--source', source, '--target', talk, '--output', output],
      ...['--frames', '0-7', '--codec', 'ffv1', '--json'],
    ]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(events[0]).toMatchObject({ event: 'started', framesExpected: 8 });
    expect(events.at(-1)).toMatchObject({ event: 'finished', frames: 8, framesSwapped: 8, framesLost: 0 });
    const before = (await decodedFrames(talk, width, height)).slice(0, 8);
    const after = await decodedFrames(output, width, height);
    expect(after).toHaveLength(8);
    after.forEach((frame, k) => {
      let [left, right, top, bottom, changed] = [width, 0, height, 0, 0];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          if (frame[y * width + x] === before[k]![y * width + x]) continue;
          [left, right] = [Math.min(left, x), Math.max(right, x)];
          [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
          changed += 1;
        }
      }
      // The face of the sample is about 90 px wide and 120 px high; with neck and ears it stays within these.
      expect(changed).toBeGreaterThan(60 * 80);
      expect(right - left).toBeLessThan(200);
      expect(bottom - top).toBeLessThan(260);
    });
  }, 120_000);

  it('keeps the fine detail of a face that is large in its frame', async () => {
    const large = join(samples, 'talk-720p.mp4');
    const detail = async (...more: string[]): Promise<number> => {
      const output = at('large.mkv');
      const { exitCode, stderr } = await cli([
        ...['swap', '-s', join(samples, 'source-5.png'), '-t', large, '-o', output, '-y'],
        ...['--frames', '0', '--codec', 'ffv1', '--quiet', ...more],
      ]);
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
      const [before] = await decodedFrames(large, 1280, 720);
      const [after] = await decodedFrames(output, 1280, 720);
      return steepness(before!, after!, 1280, 720);
    };
    // Measured: 1.11 times as steep. Mere enlarging would make no difference.
    expect(await detail()).toBeGreaterThan(1.06 * (await detail('--resolution', '256')));
    const { exitCode, stderr } = await cli([
      ...['swap', '-s', source, '-t', large, '-o', at('none.mkv'), '--resolution', '1024'],
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('256, 512');
  }, 120_000);

  it('says that the picture is synthetic, in the container', async () => {
    const output = at('marked.mp4');
    const { exitCode, stderr } = await cli([
      ...['swap', '-s', source, '-t', talk, '-o', output, '--frames', '0-2', '--preset', 'ultrafast'],
    ]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const { stdout } = await cli(['inspect', output, '--json']);
    const { tags } = JSON.parse(stdout) as { tags: Record<string, string> };
    expect(Object.values(tags).join(' ')).toMatch(/synthe/i);
  }, 120_000);

  it('copies a target without faces, says so, and with --require-face exits with 4', async () => {
    const target = at('bars.mp4');
    await ffmpeg('-f', 'lavfi', '-i', 'smptebars=s=320x180:r=10:d=0.5', '-pix_fmt', 'yuv420p', target);
    const run = (...more: string[]) =>
      cli(['swap', '-s', source, '-t', target, '-o', at('bars.mkv'), '--codec', 'ffv1', '-y', ...more]);
    const copied = await run('--json');
    expect(copied.exitCode).toBe(0);
    expect(copied.events).toContainEqual(expect.objectContaining({ code: 'NO_FACE_IN_TARGET' }));
    expect(await decodedFrames(at('bars.mkv'), 320, 180)).toEqual(await decodedFrames(target, 320, 180));
    const refused = await run('--require-face');
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain('No face was found in the target.');
  }, 120_000);

  it('names the photo that shows no face, and exits with 4', async () => {
    const photo = at('wall.png');
    await sharp({ create: { width: 300, height: 300, channels: 3, background: '#88a0b0' } })
      .png()
      .toFile(photo);
    const { exitCode, stderr } = await cli([
      ...['swap', '-s', photo, '-t', talk, '-o', at('wall.mp4'), '--frames', '0-2'],
    ]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`No face was found in ${photo}.`);
    expect(await readdir(folder.path)).not.toContain('wall.mp4');
  }, 120_000);

  it('warns of a small source face and swaps all the same', async () => {
    const photo = at('small.png');
    await sharp(source).resize(150).png().toFile(photo);
    const { exitCode, events } = await cli([
      ...['swap', '-s', photo, '-t', talk, '-o', at('small.mp4'), '--frames', '0-2', '--json'],
    ]);
    expect(exitCode).toBe(0);
    expect(events).toContainEqual(expect.objectContaining({ code: 'SOURCE_FACE_SMALL' }));
  }, 120_000);

  it('refuses to write over the source photo or the target', async () => {
    const photo = at('me.mkv');
    await copyFile(source, photo);
    const { exitCode, stderr } = await cli(['swap', '-s', photo, '-t', talk, '-o', photo, '-y']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('is the source photo itself');
    const other = await cli(['swap', '-s', source, '-t', talk, '-o', talk, '-y']);
    expect(other.exitCode).toBe(2);
  });

  it.each([
    [['--amount', '1.5'], 2, 'a number from 0 to 1'],
    [['--regions', 'lips'], 2, 'did you mean lip'],
    [['--profile', 'none-such'], 5, 'none-such'],
  ])('refuses %j with exit code %i', async (more, code, words) => {
    const { exitCode, stderr } = await cli([
      ...['swap', '-s', source, '-t', talk, '-o', at('never.mp4'), ...more],
    ]);
    expect(exitCode).toBe(code);
    expect(stderr).toContain(words);
    expect(await readdir(folder.path)).not.toContain('never.mp4');
  });

  it('says what is missing of a profile that is not complete', async () => {
    const manifest = at('half.json');
    await writeFile(
      manifest,
      JSON.stringify({ name: 'half', version: '1', description: 'nothing in it', roles: {} }),
    );
    const { exitCode, stderr } = await cli([
      ...['swap', '-s', source, '-t', talk, '-o', at('never.mp4'), '--profile', manifest],
    ]);
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/detector/);
  });
});
