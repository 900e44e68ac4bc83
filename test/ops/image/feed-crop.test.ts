import { describe, expect, it } from 'vitest';
import { feedCrop } from '../../../src/ops/image/feed-crop.ts';
import { resizeSquare } from '../../../src/ops/image/resize-square.ts';

const feed = { layout: 'NCHW', channels: 'RGB', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

describe('feedCrop', () => {
  it('takes mean and deviation out and leaves the crop as it is', () => {
    const crop = Float32Array.from({ length: 3 * 16 }, (_, i) => (i - 4) / 40);
    const before = crop.slice();
    const out = feedCrop({ crop, size: 4, netSize: 4, feed });
    expect(crop).toEqual(before);
    out.forEach((v, i) => expect(v).toBeCloseTo(Math.min(1, Math.max(0, before[i]!)) * 2 - 1, 5));
  });
  it('uses the memory it is given', () => {
    const out = new Float32Array(48);
    expect(feedCrop({ crop: new Float32Array(48), size: 4, netSize: 4, feed, out })).toBe(out);
  });
});

describe('resizeSquare', () => {
  it('keeps the mean of a picture that shrinks, and a ramp that grows', () => {
    const image = Float32Array.from({ length: 36 }, (_, i) => (i * 7) % 11);
    const small = resizeSquare(image, 6, 2);
    const mean = (a: Float32Array): number => a.reduce((sum, v) => sum + v, 0) / a.length;
    expect(mean(small)).toBeCloseTo(mean(image), 0);
    const ramp = Float32Array.from({ length: 16 }, (_, i) => i % 4);
    const large = resizeSquare(ramp, 4, 8);
    expect([...large.subarray(0, 8)]).toEqual([0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]);
  });
  it('copies when nothing changes, and refuses what is not square', () => {
    const image = Float32Array.of(1, 2, 3, 4);
    expect(resizeSquare(image, 2, 2)).toEqual(image);
    expect(() => resizeSquare(new Float32Array(5), 2, 2)).toThrow('expected [C,S,S]');
  });
});
