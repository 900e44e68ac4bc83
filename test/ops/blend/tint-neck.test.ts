import { describe, expect, it } from 'vitest';
import { label, regionCount } from '../../../src/core/regions.ts';
import { blendFace } from '../../../src/ops/blend/blend-face.ts';
import { neckShare, skinRatio, takeNeck } from '../../../src/ops/blend/tint-neck.ts';
import { warpPlanes } from '../../../src/ops/image/warp-planes.ts';
import { compose } from '../../../src/ops/geometry/transform.ts';
import { cutCrop, paintFrame, similarity } from './crop.ts';

const size = 64;
const area = size * size;
const chin = 48;
const color = { matrix: 'bt709', range: 'limited' } as const;

/** A face down to `chin`, a neck below it in the middle, background beside. */
const labels = Uint8Array.from({ length: area }, (_, i) => {
  const [x, y] = [i % size, Math.floor(i / size)];
  if (x < 12 || x >= 52) return label.background;
  return y < chin ? (y > 24 && y < 32 && x > 28 && x < 36 ? label.nose : label.skin) : label.belowface;
});
const probabilities = new Float32Array(regionCount * area);
labels.forEach((l, i) => {
  probabilities[l * area + i] = 1;
});
const rows = 24;
const shareBelow = Float32Array.from({ length: rows * size }, (_, i) =>
  i % size >= 12 && i % size < 52 ? 1 : 0,
);

describe('takeNeck', () => {
  it('takes the neck out of the mask, but not where the new face lies on it', () => {
    const mask = new Float32Array(area).fill(1);
    const longer = Uint8Array.from(labels);
    longer.fill(label.skin, chin * size, (chin + 4) * size);
    const neck = takeNeck(mask, probabilities, longer, size);
    expect(neck[(chin + 2) * size + 30]).toBe(0);
    expect(mask[(chin + 2) * size + 30]).toBe(1);
    expect(neck[(chin + 6) * size + 30]).toBe(1);
    expect(mask[(chin + 6) * size + 30]).toBe(0);
    expect(mask[10 * size + 30]).toBe(1);
  });
});

describe('neckShare', () => {
  it('goes on over the border of the crop, and fades downwards and to the sides', () => {
    const share = Float32Array.from(labels, (l) => (l === label.belowface ? 1 : 0));
    const below = { rows, crop: new Float32Array(3 * rows * size) };
    const all = neckShare({ share, shareBelow, columns: [0, 64], below, amount: 0.5 }, size);
    const column = Array.from({ length: size + rows }, (_, y) => all[y * size + 30]!);
    expect(column[chin - 1]).toBe(0);
    expect(column[size - 1]).toBe(0.5);
    expect(column[size]).toBe(0.5);
    for (let y = size; y < size + rows; y++) expect(column[y]!).toBeLessThanOrEqual(column[y - 1]!);
    expect(column.at(-1)).toBeLessThan(0.005);
    const wide = neckShare(
      { share, shareBelow: shareBelow.map(() => 1), columns: [20, 64], below, amount: 1 },
      size,
    );
    const row = wide.subarray(size * size, (size + 1) * size);
    expect(row[63]).toBeLessThan(0.1);
    // Another person's neck, far beside the face.
    expect(row[15]).toBe(0);
    expect(row[30]).toBe(1);
  });
});

describe('skinRatio', () => {
  it('is that of nose and cheeks, whatever grows on the chin', () => {
    const crop = new Float32Array(3 * area).fill(0.8);
    const generated = new Float32Array(3 * area);
    for (let i = 0; i < 3 * area; i++) generated[i] = Math.floor((i % area) / size) > 34 ? 0.05 : 0.4;
    const skin = new Float32Array(area).fill(1);
    for (const r of skinRatio(generated, crop, labels, skin)!) expect(r).toBeCloseTo(0.5, 2);
  });
  it('is unknown where hardly any skin is seen', () => {
    const some = new Float32Array(3 * area).fill(0.5);
    expect(skinRatio(some, some, labels, new Float32Array(area))).toBeUndefined();
  });
});

describe('blendFace with a neck', () => {
  /** Swaps a grey face for one that is half as bright, and gives the frame before and after. */
  function blend(withNeck: boolean) {
    const { data, layout } = paintFrame('yuv444p', 96, 128);
    const { frameFromCrop, cropFromFrame } = similarity(size, size, 48, 44, 0);
    const before = Uint8Array.from(data);
    const crop = cutCrop(data, layout, frameFromCrop, size);
    const down = compose(frameFromCrop, Float64Array.of(1, 0, 0, 0, 1, size, 0, 0, 1));
    const below = { rows, crop: warpPlanes({ data, layout, color }, down, size, rows) };
    const mask = Float32Array.from(labels, (l) => (l === label.background ? 0 : 1));
    const share = takeNeck(mask, probabilities, labels, size);
    blendFace({
      ...{ data, layout, color, frameFromCrop, cropFromFrame, size, crop, mask, labels },
      generated: crop.map((v) => 0.5 * v),
      targetLabels: labels,
      targetSkin: Float32Array.from(labels, (l) => (l === label.skin ? 1 : 0)),
      tone: undefined,
      detail: undefined,
      kept: { regions: new Uint8Array(regionCount), map: undefined, iris: undefined },
      neck: withNeck ? { share, shareBelow, columns: [0, 64], below, amount: 1 } : undefined,
    });
    return { before, data, layout };
  }

  it('gives the neck the new colour and keeps its picture, above and below the border of the crop', () => {
    const { before, data, layout } = blend(true);
    const luma = (planes: Uint8Array, x: number, y: number): number => planes[y * layout.width + x]! - 16;
    // The crop begins at (16, 12): the chin is at row 60, the crop ends at row 76, what is read below at row 100.
    for (const y of [66, 74, 76, 79]) {
      for (const x of [40, 48, 56]) {
        expect(Math.abs(luma(data, x, y) - 0.5 * luma(before, x, y))).toBeLessThanOrEqual(1.5);
      }
    }
    // Further down the target's own colour comes back.
    expect(luma(data, 48, 98)).toBeGreaterThan(0.9 * luma(before, 48, 98));
  });
  it('changes nothing beside the neck nor below what is read', () => {
    const { before, data, layout } = blend(true);
    const touched: string[] = [];
    for (let y = 0; y < layout.height; y++) {
      for (let x = 0; x < layout.width; x++) {
        const isFace = x >= 27 && x < 69 && y >= 12 && y < 100;
        for (let p = 0; p < 3 && !isFace; p++) {
          const i = p * layout.width * layout.height + y * layout.width + x;
          if (data[i] !== before[i]) touched.push(`${x} ${y}`);
        }
      }
    }
    expect(touched).toEqual([]);
  });
  it('leaves the neck as it is where nothing of it is known', () => {
    const { before, data, layout } = blend(false);
    for (const y of [66, 74, 90]) expect(data[y * layout.width + 48]).toBe(before[y * layout.width + 48]);
  });
});
