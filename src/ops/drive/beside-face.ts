import { boxBlur } from '../blend/blur.ts';
import { fillHull } from '../geometry/convex-hull.ts';

/** How far beside the face what is behind it is open, as a share of the crop. */
export const reach = 0.09;
/** How far what lies in front of the face keeps shut what is beside, as a share of the crop. */
export const away = 0.13;
/** How far an outline of landmarks may be wrong, as a share of the crop. */
export const blunt = 0.02;
/** Sums of a sliding blur are neither 0 nor 1 to the last bit: from here on they are more than nothing, and all. */
export const faintest = 1e-6;
export const whole = 1 - 1e-4;

/** A face's outline, blurred by its own error and by the reach: [S,S] 0…1 each. */
export type Surroundings = {
  /** {@link whole} where a place is within the outline for sure. */
  readonly inside: Float32Array;
  /** More than {@link faintest} within and {@link reach} around. */
  readonly near: Float32Array;
};

/**
 * Finds what is within a face's outline and what is beside it.
 *
 * @param outline a convex hull, [N,2] in crop pixels; undefined is returned when nothing of it is in the crop
 */
export function surroundings(outline: Float32Array, size: number): Surroundings | undefined {
  const near = fillHull(outline, size, size);
  if (!near) return undefined;
  const inside = near.slice();
  boxBlur(inside, size, size, Math.round(blunt * size));
  boxBlur(near, size, size, Math.round(reach * size));
  return { inside, near };
}

/** Mean row of the landmarks from `first` to before `end`: [P,2] -> pixels. */
export function meanRow(points: Float32Array, first: number, end: number): number {
  let sum = 0;
  for (let p = first; p < end; p++) sum += points[2 * p + 1]!;
  return sum / (end - first);
}
