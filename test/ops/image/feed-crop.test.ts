import { describe, expect, it } from 'vitest';
import { feedCrop } from '../../../src/ops/image/feed-crop.ts';
import { joinRows } from '../../../src/ops/image/join-rows.ts';
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

describe('feedCrop with what is below', () => {
  const crop = Float32Array.from({ length: 3 * 16 }, (_, i) => i / 100);
  const below = { rows: 2, crop: Float32Array.from({ length: 3 * 8 }, (_, i) => 0.5 + i / 100) };
  it('puts the rows under the crop, channel by channel', () => {
    const joined = joinRows(crop, 16, below);
    for (let c = 0; c < 3; c++) {
      expect(joined.subarray(c * 24, c * 24 + 16)).toEqual(crop.subarray(c * 16, c * 16 + 16));
      expect(joined.subarray(c * 24 + 16, c * 24 + 24)).toEqual(below.crop.subarray(c * 8, c * 8 + 8));
    }
    const out = feedCrop({ crop, size: 4, below, netSize: 4, feed });
    out.forEach((v, i) => expect(v).toBeCloseTo(joined[i]! * 2 - 1, 5));
  });
  it('shrinks both by the same factor', () => {
    const out = feedCrop({
      crop,
      size: 4,
      below,
      netSize: 2,
      feed: { ...feed, mean: [0, 0, 0], std: [1, 1, 1] },
    });
    expect(out).toHaveLength(3 * 3 * 2);
    // The last row is the mean of the two rows below the crop, 2x2 by 2x2.
    const mean = (at: number): number => [0, 1, 4, 5].reduce((sum, i) => sum + below.crop[at + i]!, 0) / 4;
    expect(out[4]).toBeCloseTo(mean(0), 5);
    expect(out[5]).toBeCloseTo(mean(2), 5);
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
    expect(() => resizeSquare(new Float32Array(5), 2, 2)).toThrow('expected [C,R,S]');
  });
});
