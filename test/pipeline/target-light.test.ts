import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../src/core/scope.ts';
import { alignAndParse } from '../../src/pipeline/align-and-parse.ts';
import { findFaces } from '../../src/pipeline/find-faces.ts';
import { swap } from '../../src/pipeline/swap.ts';
import { readTargetLight } from '../../src/pipeline/target-light.ts';
import { luma } from '../../src/ops/light/skin-tone.ts';
import type { SeenLight } from '../../src/ops/light/usual-light.ts';
import { decodedFrames, ffmpeg, temporaryFolder } from '../helpers/media.ts';
import { openMini } from '../helpers/mini-nets.ts';

const sample = (name: string): string => join(import.meta.dirname, '..', '..', 'samples', name);

/** Sixteen frames of a talking face; from the ninth on the light is less than half as bright. */
const dimmed = ['-vf', "lutyuv=y='16+(val-16)*0.45':enable='gte(n,8)'", '-frames:v', '16'];

async function lightOf(target: string): Promise<readonly SeenLight[]> {
  const scope = new Scope();
  try {
    return await readTargetLight(target, {
      track: findFaces({ open: openMini, isPrompt: true, isQuick: true }),
      parse: alignAndParse({ open: openMini, cropSize: 256, smooth: 'medium' }),
      scope,
    });
  } finally {
    await scope.close();
  }
}

describe('the light of a target', { timeout: 240_000 }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let target: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    target = join(folder.path, 'dimmed.mkv');
    await ffmpeg('-i', sample('talk.mp4'), '-an', ...dimmed, '-c:v', 'ffv1', target);
  });
  afterAll(() => folder.remove());

  it('is read off frames of the whole file', async () => {
    const skins = (await lightOf(target)).map(({ light }) => luma(light.skin));
    expect(skins).toHaveLength(8);
    expect(Math.max(...skins) / Math.min(...skins)).toBeGreaterThan(1.9);
  });

  it('is the same however the file is read: sought through where it is long', async () => {
    const long = join(folder.path, 'long.mp4');
    // A still face for a minute and a half: 1600 frames, a key frame every 100.
    await ffmpeg(
      ...['-loop', '1', '-r', '25', '-i', sample('source-1.png'), '-frames:v', '1600', '-vf', 'scale=256:-2'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '100', '-pix_fmt', 'yuv420p', long],
    );
    const seen = await lightOf(long);
    expect(seen).toHaveLength(8);
    const skins = seen.map(({ light }) => luma(light.skin));
    expect(Math.max(...skins) - Math.min(...skins)).toBeLessThan(0.02);
  });

  it('is read off what there is where the file is damaged', async () => {
    const whole = join(folder.path, 'whole.mp4');
    await ffmpeg(
      ...['-i', sample('talk.mp4'), '-an', '-vf', 'scale=320:-2', '-c:v', 'libx264', '-g', '10', whole],
    );
    const long = join(folder.path, 'damaged.mp4');
    await ffmpeg('-stream_loop', '12', '-i', whole, '-c', 'copy', '-movflags', '+faststart', long);
    const { size } = await stat(long);
    const file = await open(long, 'r+');
    await file.write(Buffer.alloc(Math.floor(size * 0.7)), 0, undefined, Math.floor(size * 0.3));
    await file.close();
    expect((await lightOf(long)).length).toBeGreaterThan(3);
  });

  it('is none where nobody is', async () => {
    const black = join(folder.path, 'black.mkv');
    await ffmpeg('-f', 'lavfi', '-i', 'color=black:s=320x180:r=10:d=1', '-c:v', 'ffv1', black);
    expect(await lightOf(black)).toEqual([]);
  });

  it('goes over to the new face: it gets darker as the one before it does', async () => {
    const output = join(folder.path, 'swapped.mkv');
    const options = { source: sample('source-1.png'), target, output, codec: 'ffv1', device: 'cpu' } as const;
    await lastValueFrom(swap(options));
    const [before, after] = [await cheeks(target), await cheeks(output)];
    // Not the same face, but the same change; what is left is how much of the skin shows in either.
    expect(after.dim / after.bright).toBeGreaterThan(0.92 * (before.dim / before.bright));
    expect(after.dim / after.bright).toBeLessThan(1.08 * (before.dim / before.bright));
    expect(after.bright / before.bright).not.toBeCloseTo(1, 1);
  });
});

/** Mean brightness above black of the middle of the face, before and after the change. */
async function cheeks(path: string): Promise<{ bright: number; dim: number }> {
  const frames = await decodedFrames(path, 640, 360);
  const mean = (frame: Buffer): number => {
    let sum = 0;
    for (let y = 150; y < 210; y++) for (let x = 290; x < 350; x++) sum += frame[y * 640 + x]! - 16;
    return sum / (60 * 60);
  };
  return { bright: mean(frames[3]!), dim: mean(frames[12]!) };
}
