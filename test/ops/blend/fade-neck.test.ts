import { expect, it } from 'vitest';
import { label, regionCount } from '../../../src/core/regions.ts';
import { fadeNeck } from '../../../src/ops/blend/fade-neck.ts';

const size = 64;
const area = size * size;

/** Face down to a row, neck below it. */
function faded(chin: number): Float32Array {
  const labels = Uint8Array.from({ length: area }, (_, i) =>
    Math.floor(i / size) < chin ? label.skin : label.belowface,
  );
  const probabilities = new Float32Array(regionCount * area);
  labels.forEach((l, i) => {
    probabilities[l * area + i] = 1;
  });
  const mask = new Float32Array(area).fill(1);
  fadeNeck(mask, probabilities, labels, size);
  return Float32Array.from({ length: size }, (_, y) => mask[y * size + 20]!);
}

it('lets the neck go from the new face to its own colour between chin and border, and the face alone', () => {
  const column = faded(44);
  expect([...column.subarray(0, 44)]).toEqual(new Array<number>(44).fill(1));
  expect(column[45]).toBeGreaterThan(0.97);
  expect(column[54]).toBeCloseTo(0.5, 1);
  expect(column[63]).toBeLessThan(0.01);
  for (let y = 45; y < size; y++) expect(column[y]!).toBeLessThanOrEqual(column[y - 1]!);
});

it('keeps a short fade where the chin lies at the border', () => {
  const column = faded(63);
  expect(column[62]).toBe(1);
  expect(column[63]).toBeLessThan(0.2);
});
