import { describe, expect, it } from 'vitest';
import { label } from '../../../src/core/regions.ts';
import { averageStyles } from '../../../src/ops/style/average-styles.ts';
import { regionPixels, type RegionStyles } from '../../../src/ops/style/styles.ts';
import { swapStyles } from '../../../src/ops/style/swap-styles.ts';
import { weightedMean, windowWeights } from '../../../src/ops/style/window.ts';

const parts = [2, 1] as const;

/** Styles whose every region has the value `value` and the pixels `count` at both scales, except as told. */
function styles(
  value: number,
  count: number,
  empty: readonly (readonly [number, number])[] = [],
): RegionStyles {
  const vectors = new Float32Array(12 * 3).fill(value);
  const counts = new Int32Array(12 * 2).fill(count);
  for (const [region, scale] of empty) {
    counts[region * 2 + scale] = 0;
    if (scale === 0) vectors.fill(0, region * 3, region * 3 + 2);
    else vectors[region * 3 + 2] = 0;
  }
  return { vectors, counts };
}
const of = (from: RegionStyles, region: number): number[] => [
  ...from.vectors.subarray(region * 3, region * 3 + 3),
];

describe('averageStyles', () => {
  it('weighs each photo by how many pixels of the region it shows', () => {
    const mean = averageStyles([styles(1, 30), styles(5, 10)], parts);
    expect(of(mean, label.skin)).toEqual([2, 2, 2]);
    expect(regionPixels(mean, label.skin)).toBe(30);
  });
  it('gives a photo without the region no say, scale by scale', () => {
    const hidden = styles(8, 10, [
      [label.mouth, 0],
      [label.mouth, 1],
      [label.eyes, 1],
    ]);
    const mean = averageStyles([styles(2, 10), hidden], parts);
    expect(of(mean, label.mouth)).toEqual([2, 2, 2]);
    expect(of(mean, label.eyes)).toEqual([5, 5, 2]);
  });
  it('leaves a region that no photo shows at zero, counted as absent', () => {
    const none = styles(3, 5, [
      [label.ears, 0],
      [label.ears, 1],
    ]);
    const mean = averageStyles([none, none], parts);
    expect(of(mean, label.ears)).toEqual([0, 0, 0]);
    expect(regionPixels(mean, label.ears)).toBe(0);
  });
  it('gives one photo back unchanged', () => {
    const one = styles(4, 7);
    expect(averageStyles([one], parts).vectors).toEqual(one.vectors);
  });
  it('says both sizes when parts do not fit', () => {
    expect(() => averageStyles([styles(1, 1)], [4, 4])).toThrow('[12,3], expected [12,V] = [12,8]');
  });
});

describe('swapStyles', () => {
  const amounts = (entries: Record<number, number>): Float32Array =>
    Float32Array.from({ length: 12 }, (_, region) => entries[region] ?? 0);

  it('takes chosen regions from the source and leaves the rest', () => {
    const swapped = swapStyles(styles(1, 9), styles(0, 9), amounts({ [label.lip]: 1 }), parts);
    expect(of(swapped, label.lip)).toEqual([1, 1, 1]);
    expect(of(swapped, label.skin)).toEqual([0, 0, 0]);
  });
  it('interpolates by the amount of each region', () => {
    const swapped = swapStyles(styles(8, 9), styles(4, 9), amounts({ 1: 0.5, 6: 0.25 }), parts);
    expect(of(swapped, label.lip)).toEqual([6, 6, 6]);
    expect(of(swapped, label.skin)).toEqual([5, 5, 5]);
  });
  it('falls back to the target where the source does not show a region, never half of it', () => {
    const source = styles(1, 9, [
      [label.ears, 0],
      [label.ears, 1],
    ]);
    const swapped = swapStyles(source, styles(6, 9), amounts({ 7: 1 }), parts);
    expect(of(swapped, label.ears)).toEqual([6, 6, 6]);
  });
  it('takes the source whole where the target does not show a region', () => {
    const target = styles(6, 9, [
      [label.mouth, 0],
      [label.mouth, 1],
    ]);
    const swapped = swapStyles(styles(2, 9), target, amounts({ 9: 0.3 }), parts);
    expect(of(swapped, label.mouth)).toEqual([2, 2, 2]);
  });
  it('decides scale by scale', () => {
    const source = styles(2, 9, [[label.eyes, 1]]);
    const swapped = swapStyles(source, styles(6, 9), amounts({ 3: 1 }), parts);
    expect(of(swapped, label.eyes)).toEqual([2, 2, 6]);
  });
});

describe('window', () => {
  it('falls off to both sides alike and is only the centre at radius 0', () => {
    const weights = windowWeights([-2, -1, 0, 1, 2], 2);
    expect(weights[2]).toBe(1);
    expect(weights[0]).toBe(weights[4]);
    expect(weights[0]).toBeLessThan(weights[1]!);
    expect(windowWeights([-1, 0, 1], 0)).toEqual([0, 1, 0]);
  });
  it('keeps a constant constant', () => {
    const constant = Float32Array.of(3, -1);
    expect([...weightedMean([constant, constant, constant], [0.2, 1, 0.7])]).toEqual([3, -1]);
  });
});
