import { describe, expect, it } from 'vitest';
import type { PixelFormat } from '../../../src/core/frame.ts';
import { cutPart, partUnder, type CropPart } from '../../../src/ops/blend/crop-part.ts';
import { multiBand } from '../../../src/ops/blend/multi-band.ts';
import { pasteFace, pasteMargin } from '../../../src/ops/blend/paste-face.ts';
import { cutCrop, paintFrame, similarity } from './crop.ts';

describe('partUnder', () => {
  const mask = new Float32Array(20 * 30);
  for (const [x, y] of [
    [7, 11],
    [12, 9],
    [9, 21],
  ] as const)
    mask[y * 20 + x] = 0.01;

  it('is the smallest part that holds the mask', () => {
    expect(partUnder(mask, 20, 30)).toEqual({ left: 7, top: 9, width: 6, height: 13 });
  });
  it('goes on by the margin, to whole units, as far as the picture goes', () => {
    expect(partUnder(mask, 20, 30, 2, 4)).toEqual({ left: 4, top: 4, width: 12, height: 20 });
    expect(partUnder(mask, 20, 30, 9, 4)).toEqual({ left: 0, top: 0, width: 20, height: 30 });
  });
  it('is nowhere under an empty mask', () => {
    expect(partUnder(new Float32Array(600), 20, 30)).toBeUndefined();
  });
});

describe('cutPart', () => {
  it('cuts the same rows and columns out of every picture', () => {
    const pictures = Float32Array.from({ length: 2 * 5 * 4 }, (_, i) => i);
    expect([...cutPart(pictures, 2, 4, { left: 1, top: 2, width: 2, height: 2 })]).toEqual([
      ...[9, 10, 13, 14],
      ...[29, 30, 33, 34],
    ]);
  });
  it('leaves rows that the pictures do not have', () => {
    const pictures = Float32Array.from({ length: 8 }, (_, i) => i + 1);
    const out = new Float32Array(6).fill(-1);
    expect([...cutPart(pictures, 1, 2, { left: 0, top: 3, width: 2, height: 3 }, out)]).toEqual([
      ...[7, 8, -1, -1, -1, -1],
    ]);
  });
});

describe('a part of a crop', () => {
  const size = 256;
  const bands = 2;
  /** An uneven spot, soft at its rim. */
  const mask = Float32Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [(i % size) - 150, Math.floor(i / size) - 70];
    return Math.min(1, Math.max(0, (40 + 6 * Math.sin(Math.atan2(y, x) * 5) - Math.hypot(x, y)) / 9));
  });
  const whole: CropPart = { left: 0, top: 0, width: size, height: size };
  const pattern = (seed: number): Float32Array =>
    Float32Array.from(
      { length: 3 * size * size },
      (_, i) => 0.5 + 0.5 * Math.sin(i * 0.37 + seed * i ** 0.7),
    );

  it('is blended, to the last bit, as the whole crop', () => {
    const [under, over] = [pattern(1), pattern(2)];
    const all = multiBand(under, over, mask, size, bands);
    const part = partUnder(mask, size, size, 4 * 2 ** bands, 2 ** bands)!;
    expect(part.width * part.height).toBeLessThan(0.4 * size * size);
    const alone = multiBand(
      cutPart(under, 3, size, part),
      cutPart(over, 3, size, part),
      cutPart(mask, 1, size, part),
      part.width,
      bands,
    );
    expect(alone).toEqual(cutPart(all, 3, size, part));
  });
  it.each([
    ['yuv420p', 70],
    ['yuv420p', 300],
    ['yuv422p10le', 33],
    ['yuv444p', 140],
  ] as const)('is pasted into %s, %i px wide, to the last bit as the whole crop', (format, side) => {
    const paste = (format: PixelFormat, part: CropPart): Uint8Array => {
      const { data, layout } = paintFrame(format, 640, 360);
      const { frameFromCrop, cropFromFrame } = similarity(size, side, 321, 178, 11);
      const before = cutCrop(data, layout, frameFromCrop, size);
      const changed = before.map((v, i) => v + 0.3 * mask[i % (size * size)]! * Math.sin(i / 9));
      pasteFace({
        ...{ data, layout, color: { matrix: 'bt709', range: 'limited' }, frameFromCrop, cropFromFrame, part },
        ...{ before: cutPart(before, 3, size, part), after: cutPart(changed, 3, size, part) },
        ...{ mask: cutPart(mask, 1, size, part), detailLoss: 1 },
      });
      return data;
    };
    const { cropFromFrame } = similarity(size, side, 321, 178, 11);
    const { layout } = paintFrame(format, 640, 360);
    const part = partUnder(mask, size, size, pasteMargin(cropFromFrame, layout), 4)!;
    expect(Buffer.compare(paste(format, part), paste(format, whole))).toBe(0);
  });
});
