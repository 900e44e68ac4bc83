import { describe, expect, it } from 'vitest';
import { appearanceDistance, faceColours, meanAppearance } from '../../../src/ops/track/appearance.ts';
import { plainPoints } from '../../helpers/scripted-faces.ts';

const feed = { layout: 'NCHW', channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1] } as const;
const size = 64;
const points = plainPoints(32, 32, 48);

/** A crop of one colour, with a darker upper third. */
function crop(rgb: readonly [number, number, number], light = 1): Float32Array {
  return Float32Array.from({ length: 3 * size * size }, (_, i) => {
    const row = Math.floor((i % (size * size)) / size);
    return light * rgb[Math.floor(i / (size * size))]! * (row < 16 ? 0.4 : 1);
  });
}

describe('looks', () => {
  it('are the same in half the light, and others with another colour', () => {
    const read = (picture: Float32Array) => faceColours(picture, size, feed, points);
    const one = read(crop([0.8, 0.6, 0.5]));
    expect(appearanceDistance(one, read(crop([0.8, 0.6, 0.5], 0.5)))).toBeLessThan(0.01);
    expect(appearanceDistance(one, read(crop([0.5, 0.6, 0.8])))).toBeGreaterThan(1);
  });

  it('are read alike whatever the layout of the crop', () => {
    const planes = crop([0.8, 0.6, 0.5]);
    const area = size * size;
    const mixed = Float32Array.from(
      { length: 3 * area },
      (_, i) => planes[(2 - (i % 3)) * area + Math.floor(i / 3)]!,
    );
    const other = faceColours(mixed, size, { ...feed, layout: 'NHWC', channels: 'BGR' }, points);
    expect(appearanceDistance(faceColours(planes, size, feed, points), other)).toBeLessThan(1e-6);
  });

  it('of two kinds cannot be compared; means follow slowly', () => {
    const a = { kind: 'embedding', vector: Float32Array.of(1, 0), border: 0.4 } as const;
    const b = { kind: 'embedding', vector: Float32Array.of(0, 1), border: 0.4 } as const;
    expect(appearanceDistance(a, b)).toBeCloseTo(2.5);
    expect(appearanceDistance(a, faceColours(crop([1, 1, 1]), size, feed, points))).toBeUndefined();
    expect(meanAppearance(a, b, 3).vector[1]).toBeCloseTo(0.25);
    expect(meanAppearance(undefined, b, 0)).toBe(b);
  });
});
