import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largestCropSide } from '../../src/pipeline/largest-face.ts';
import { ffmpeg, temporaryFolder } from '../helpers/media.ts';
import { openMini } from '../helpers/mini-nets.ts';

const samples = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'samples');

describe('the largest face of a file', { timeout: 120_000 }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder.remove());

  it('has twice the side where the picture is twice as large', async () => {
    const sides = [];
    for (const [name, filter] of [
      ['small', 'scale=640:-2'],
      ['large', 'scale=1280:-2'],
    ] as const) {
      const path = join(folder.path, `${name}.mkv`);
      await ffmpeg(
        ...['-t', '0.4', '-i', join(samples, 'talk.mp4'), '-an', '-vf', filter, '-c:v', 'ffv1', path],
      );
      sides.push((await largestCropSide(path, { open: openMini }))!);
    }
    const [small, large] = sides;
    // The head fills two thirds of 360 lines; the square around it a little more.
    expect(small).toBeGreaterThan(150);
    expect(small).toBeLessThan(360);
    expect(large! / small!).toBeGreaterThan(1.9);
    expect(large! / small!).toBeLessThan(2.1);
  });

  it('is none where nobody is', async () => {
    const path = join(folder.path, 'black.mkv');
    await ffmpeg('-f', 'lavfi', '-i', 'color=black:s=320x180:r=10:d=1', '-c:v', 'ffv1', path);
    expect(await largestCropSide(path, { open: openMini })).toBeUndefined();
  });
});
