import { describe, expect, it } from 'vitest';
import { resizePicture } from '../../../src/ops/image/resize-picture.ts';

describe('resizePicture', () => {
  it('at 4:1 takes the mean of the inner 2x2 of every 4x4 block (E4S a.0)', () => {
    const size = 8;
    const image = Float32Array.from({ length: 2 * size * size }, (_, i) => ((i * 37) % 101) / 101);
    const small = resizePicture(image, size, 2);
    for (let c = 0; c < 2; c++) {
      for (let y = 0; y < 2; y++) {
        for (let x = 0; x < 2; x++) {
          const at = c * 64 + (4 * y + 1) * size + 4 * x + 1;
          const mean = (image[at]! + image[at + 1]! + image[at + size]! + image[at + size + 1]!) / 4;
          expect(small[c * 4 + y * 2 + x]).toBeCloseTo(mean, 6);
        }
      }
    }
  });

  it('keeps a ramp a ramp when growing, clamped at the edges', () => {
    const image = Float32Array.from({ length: 16 }, (_, i) => i % 4);
    const large = resizePicture(image, 4, 8);
    const row = [...large.subarray(0, 8)];
    expect(row).toEqual([0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]);
  });

  it('copies at the same size', () => {
    const image = Float32Array.of(1, 2, 3, 4);
    const copy = resizePicture(image, 2, 2);
    expect(copy).toEqual(image);
    expect(copy).not.toBe(image);
  });

  it('says what it got when the shape is wrong', () => {
    expect(() => resizePicture(new Float32Array(5), 2, 4)).toThrow('expected [C,S,S]');
  });
});
