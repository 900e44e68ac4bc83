import { describe, expect, it } from 'vitest';
import type { TrackedFace } from '../../../src/core/faces.ts';
import { boxOfPoints } from '../../../src/ops/geometry/boxes.ts';
import { leaveOthers, neckColumns, neighboursOf } from '../../../src/ops/drive/other-faces.ts';
import { placedLandmarks, trackedFace } from '../../helpers/landmarks.ts';

const size = 64;
const square = (left: number, right: number): Float32Array =>
  Float32Array.of(left, 10, right, 10, right, 50, left, 50);

describe('leaveOthers', () => {
  const at = (mask: Float32Array, x: number): number => mask[30 * size + x]!;
  const whole = (): Float32Array => new Float32Array(size * size).fill(1);
  it('leaves a face in front alone, up to its rim', () => {
    const mask = whole();
    leaveOthers([mask], square(5, 40), [{ outline: square(30, 60), isInFront: true }], size);
    expect(at(mask, 20)).toBe(1);
    for (const x of [30, 35, 45, 59]) expect(at(mask, x)).toBeLessThan(0.01);
  });
  it('leaves of a face behind what is not within the own outline', () => {
    const mask = whole();
    leaveOthers([mask], square(5, 40), [{ outline: square(30, 60), isInFront: false }], size);
    for (const x of [20, 32, 39]) expect(at(mask, x)).toBe(1);
    for (const x of [46, 55]) expect(at(mask, x)).toBeLessThan(0.01);
  });
  it('counts the forehead, which has no landmarks, as its own', () => {
    const mask = whole();
    const own = Float32Array.of(5, 30, 40, 30, 40, 60, 5, 60);
    leaveOthers([mask], own, [{ outline: square(20, 60), isInFront: false }], size);
    expect(mask[22 * size + 30]).toBe(1);
    expect(mask[22 * size + 55]).toBeLessThan(0.01);
  });
  it('changes nothing for a face elsewhere', () => {
    const mask = whole();
    leaveOthers([mask], square(5, 40), [{ outline: square(200, 240), isInFront: true }], size);
    expect(mask).toEqual(whole());
  });
});

describe('neighboursOf', () => {
  const face = (x: number, seen: number, facts: Partial<TrackedFace> = {}): TrackedFace => {
    const made = trackedFace(placedLandmarks(x, 100, 1), facts);
    const box = boxOfPoints(made.shape.points);
    return { ...made, box, shape: { ...made.shape, visibility: made.shape.visibility.map(() => seen) } };
  };
  it('are the faces beside it, the better seen in front', () => {
    const one = face(100, 0.9);
    const two = face(130, 0.5);
    const far = face(1500, 1);
    const all = [one, two, far];
    expect(neighboursOf(one, all).map((n) => n.isInFront)).toEqual([false]);
    expect(neighboursOf(two, all).map((n) => n.isInFront)).toEqual([true]);
    expect(neighboursOf(far, all)).toEqual([]);
  });
  it('are behind while they are not seen', () => {
    const one = face(100, 0.5);
    const all = [one, face(130, 0.9, { isBridged: true })];
    expect(neighboursOf(one, all).map((n) => n.isInFront)).toEqual([false]);
  });
});

describe('neckColumns', () => {
  const other = (left: number, right: number) => ({ outline: square(left, right), isInFront: false });
  it('go beyond the face on both sides, and half way to another one', () => {
    const [first, last] = neckColumns(square(20, 44), [], size);
    expect(first).toBeCloseTo(20 - 0.16 * size, 4);
    expect(last).toBeCloseTo(44 + 0.16 * size, 4);
    expect(neckColumns(square(20, 44), [other(44, 60)], size)[1]).toBe(42);
    expect(neckColumns(square(20, 44), [other(-20, 4)], size)[0]).toBe(12);
  });
  it('are not narrowed by a face right behind', () => {
    expect(neckColumns(square(20, 44), [other(22, 50)], size)[1]).toBeCloseTo(44 + 0.16 * size, 4);
  });
});
