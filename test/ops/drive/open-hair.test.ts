import { describe, expect, it } from 'vitest';
import { label } from '../../../src/core/regions.ts';
import { openHair } from '../../../src/ops/drive/open-hair.ts';

const size = 128;
const area = size * size;
const [cx, cy, radius] = [64, 64, 40];
const [eyes, mouth] = [54, 84];

/** 68 landmarks: the face's round outline and rings inside, the eyes and the mouth each in a row. */
function landmarks(): Float32Array {
  const points = new Float32Array(2 * 68);
  for (let p = 0; p < 68; p++) {
    const r = p < 17 ? radius : p < 36 ? 26 : 14;
    const turn = p < 17 ? p / 17 : p < 36 ? (p - 17) / 19 : (p - 36) / 32;
    points[2 * p] = cx + r * Math.cos(2 * Math.PI * turn);
    points[2 * p + 1] = cy + r * Math.sin(2 * Math.PI * turn);
    if (p >= 36) points[2 * p + 1] = p < 48 ? eyes : mouth;
  }
  return points;
}

/** A round face within hair; and one with a curtain of hair over its right cheek. */
const around = Uint8Array.from({ length: area }, (_, i) =>
  Math.hypot((i % size) + 0.5 - cx, Math.floor(i / size) + 0.5 - cy) < radius ? label.skin : label.hair,
);
const isCurtain = (i: number): boolean => i % size > 84 && Math.floor(i / size) > 40;
const curtained = around.map((l, i) => (isCurtain(i) ? label.hair : l));

/** How many columns are open beside the face's right half in a row. */
function width(open: Uint8Array, y: number): number {
  return open.subarray(y * size + cx, (y + 1) * size).reduce((sum, o) => sum + o, 0);
}

describe('openHair', () => {
  it('is open beside cheeks and jaw, the wider the further below the eyes, and not far away', () => {
    const open = openHair(around, landmarks(), size)!;
    expect(width(open, eyes - 1)).toBe(0);
    expect(width(open, eyes + 1)).toBeLessThanOrEqual(1);
    expect(width(open, mouth)).toBeGreaterThan(width(open, 66));
    expect(width(open, 66)).toBeGreaterThan(width(open, eyes + 1));
    expect(open[mouth * size + 124]).toBe(0);
    open.forEach((o, i) => {
      if (o) expect(around[i]).toBe(label.hair);
    });
  });
  it('is shut beside a cheek that hair falls over, and open beside the other', () => {
    const open = openHair(curtained, landmarks(), size)!;
    // But for the outline's own pixel.
    expect(width(open, 70)).toBeLessThanOrEqual(1);
    expect(width(open, mouth)).toBeLessThanOrEqual(1);
    expect(open[70 * size + 22]).toBe(1);
  });
  it('is nothing where no hair is seen, nor with fewer than 68 landmarks', () => {
    expect(openHair(new Uint8Array(area).fill(label.skin), landmarks(), size)).toBeUndefined();
    expect(openHair(around, new Float32Array(10), size)).toBeUndefined();
  });
});
