import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { label, regionCount } from '../../../src/core/regions.ts';
import { addDetail } from '../../../src/ops/detail/add-detail.ts';
import { eyesOf, rimBox, rimDistance, rimOpening, rimWidth } from '../../../src/ops/detail/eye-rims.ts';
import { lashLines } from '../../../src/ops/detail/lash-lines.ts';
import { sourceDetail } from '../../../src/ops/detail/source-detail.ts';

const size = 128;
const area = size * size;
const skin = new Uint8Array(area).fill(label.skin);

/** 68 landmarks spread over the crop, with two eyes 28 px wide at y = 50 that are open by `opening` px. */
function landmarks(opening: number): Float32Array {
  const points = Float32Array.from({ length: 2 * 68 }, (_, i) => {
    const p = i >> 1;
    return i % 2 === 0 ? 8 + 14 * (p % 9) : 8 + 15 * Math.floor(p / 9);
  });
  [26, 74].forEach((left, eye) => {
    const rim = [0, 0, 9, -1, 19, -1, 28, 0, 19, 1, 9, 1];
    for (let p = 0; p < 6; p++) {
      points[2 * (36 + 6 * eye + p)] = left + rim[2 * p]!;
      points[2 * (36 + 6 * eye + p) + 1] = 50 + (opening / 2) * rim[2 * p + 1]!;
    }
  });
  return points;
}

const grey = (value: number): Float32Array => new Float32Array(3 * area).fill(value);

/** Grey skin with a dark row along the lids of the left eye, and one on the cheek. */
function withLines(): Float32Array {
  const crop = grey(0.6);
  for (const y of [50, 90])
    for (let x = 28; x < 52; x++) for (let c = 0; c < 3; c++) crop[c * area + y * size + x] = 0.3;
  return crop;
}

describe('rims of eyes', () => {
  const [eye] = eyesOf(landmarks(7)) as [Float32Array];
  it('tell width, opening and distance', () => {
    expect(rimWidth(eye)).toBe(28);
    expect(rimOpening(eye)).toBeCloseTo(0.25, 6);
    expect(rimDistance(eye, 26, 50)).toBe(0);
    expect(rimDistance(eye, 40, 43.5)).toBeCloseTo(3, 6);
    expect(eyesOf(new Float32Array(20))).toEqual([]);
  });
  it('lie within their box, however near the border of the crop', () => {
    fc.assert(
      fc.property(
        fc.float({ min: -60, max: 60, noNaN: true }),
        fc.float({ min: -60, max: 90, noNaN: true }),
        (dx, dy) => {
          const moved = eye.map((v, i) => v + (i % 2 === 0 ? dx : dy));
          const { left, top, right, bottom } = rimBox(moved, size, 0.2);
          for (let p = 0; p < 6; p++) {
            const [x, y] = [moved[2 * p]!, moved[2 * p + 1]!];
            if (x < 0 || y < 0 || x >= size || y >= size) continue;
            expect(x >= left && x <= right && y >= top && y <= bottom).toBe(true);
          }
          expect(left >= 0 && top >= 0 && right <= size && bottom <= size).toBe(true);
        },
      ),
    );
  });
});

describe('lash lines', () => {
  const input = { size, crop: withLines(), labels: skin, targetLabels: skin, map: undefined };
  it('of the target’s shut eye darken the new lids as much, and nothing else', () => {
    const generated = grey(0.5);
    lashLines({ ...input, generated, points: landmarks(2) });
    expect(generated[50 * size + 40]).toBeCloseTo(0.25, 3);
    expect(generated[2 * area + 50 * size + 40]).toBeCloseTo(0.25, 3);
    // Skin beside the line, the eye without one, and a line on the cheek.
    for (const at of [46 * size + 40, 50 * size + 88, 90 * size + 40]) expect(generated[at]).toBe(0.5);
  });
  it('are neither a coarse shadow nor anything of eyes, glasses and hair', () => {
    const shadow = grey(0.6);
    for (let y = 40; y < 60; y++)
      for (let x = 10; x < 120; x++) for (let c = 0; c < 3; c++) shadow[c * area + y * size + x] = 0.3;
    const generated = grey(0.5);
    lashLines({ ...input, crop: shadow, generated, points: landmarks(2) });
    expect(Math.min(...generated)).toBe(0.5);
    const glasses = Uint8Array.from(skin);
    glasses.fill(label.eye_glass, 50 * size, 51 * size);
    lashLines({ ...input, targetLabels: glasses, generated, points: landmarks(2) });
    expect(Math.min(...generated)).toBe(0.5);
  });
  it('are not drawn on what is no skin, nor on eyes of a few pixels', () => {
    const generated = grey(0.5);
    lashLines({ ...input, labels: new Uint8Array(area).fill(label.hair), generated, points: landmarks(2) });
    lashLines({ ...input, generated, points: landmarks(2).map((v) => v / 8) });
    expect(Math.min(...generated)).toBe(0.5);
  });
});

describe('detail of lids', () => {
  it('of an open eye in the photo is not put on one that is shut', () => {
    const photo = grey(0.5);
    // A fold above each eye, and a mole on the cheek.
    for (const [x, y] of [
      [40, 43],
      [88, 43],
      [60, 100],
    ] as const) {
      for (let k = -1; k <= 1; k++) for (let c = 0; c < 3; c++) photo[c * area + y * size + x + k] = 0.3;
    }
    const seen = new Float32Array(68).fill(1);
    const open = landmarks(8);
    const detail = sourceDetail(photo, grey(0.5), skin, open, seen);
    const put = (driven: Float32Array): Float32Array => {
      const generated = grey(0.5);
      const amounts = new Float32Array(regionCount).fill(1);
      addDetail({ size, generated, labels: skin, detail, driven, visibility: seen, amounts });
      return generated;
    };
    const darkest = (image: Float32Array, x: number, y: number): number => {
      let least = 1;
      for (let v = y - 6; v <= y + 6; v++)
        for (let u = x - 6; u <= x + 6; u++) least = Math.min(least, image[v * size + u]!);
      return least;
    };
    const [same, shut] = [put(open), put(landmarks(2))];
    expect(darkest(same, 40, 43)).toBeLessThan(0.42);
    expect(darkest(shut, 40, 46)).toBeGreaterThan(0.47);
    expect(darkest(shut, 60, 100)).toBeLessThan(0.42);
  });
});
