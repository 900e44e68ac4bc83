import type { FaceShape } from '../../core/faces.ts';
import { addModes, basisPointCount, innerFaceWeights, projectShape, type ShapeBasis } from './shape-basis.ts';

/**
 * Moves a target's landmarks to where the source's would be in the target's pose and expression: each goes by
 * amount · scale · (proj(source's identity) − proj(target's identity)), in the target's pose. Identity and
 * expression add up in the linear model, so the target's expression stays as it is.
 *
 * Shapes: points [P,2] -> [P,2], same space (any similarity of the frame whose roll is `target.pose.roll`).
 * Scale: least squares of the projected target shape to its points, over visible ones.
 *
 * @param sourceIdentity identity weights of the source
 * @param amount 0 = target's shape, 1 = source's
 * @param weights how far each landmark follows, from `innerFaceWeights` when left out
 */
export function driveLandmarks(
  basis: ShapeBasis,
  target: FaceShape,
  sourceIdentity: Float32Array,
  amount: number,
  weights: Float32Array = innerFaceWeights(basis.mean),
): Float32Array {
  const count = basisPointCount(basis);
  if (target.points.length !== count * 2) {
    throw new RangeError(`points are [${target.points.length / 2},2], expected [P,2] = [${count},2]`);
  }
  const driven = Float32Array.from(target.points);
  if (amount === 0) return driven;
  const scale = fitScale(basis, target);
  const difference = new Float32Array(basis.identity.length / basis.mean.length);
  for (let i = 0; i < difference.length; i++) {
    difference[i] = (sourceIdentity[i] ?? 0) - (target.identity[i] ?? 0);
  }
  const offsets = addModes(new Float32Array(basis.mean.length), difference, basis.identity);
  const moved = projectShape(offsets, target.pose);
  for (let p = 0; p < count; p++) {
    const factor = amount * scale * weights[p]!;
    driven[p * 2]! += factor * moved[p * 2]!;
    driven[p * 2 + 1]! += factor * moved[p * 2 + 1]!;
  }
  return driven;
}

/** Gives pixels per head unit: least squares of the shape model in the face's pose to its landmarks. */
export function fitScale(basis: ShapeBasis, face: FaceShape): number {
  const shape = Float32Array.from(basis.mean);
  addModes(shape, face.identity, basis.identity);
  addModes(shape, face.expression, basis.expression);
  const model = projectShape(shape, face.pose);
  const count = basisPointCount(basis);
  let [n, mx, my, px, py] = [0, 0, 0, 0, 0];
  for (let p = 0; p < count; p++) {
    const w = 0.05 + face.visibility[p]!;
    n += w;
    mx += w * model[p * 2]!;
    my += w * model[p * 2 + 1]!;
    px += w * face.points[p * 2]!;
    py += w * face.points[p * 2 + 1]!;
  }
  [mx, my, px, py] = [mx / n, my / n, px / n, py / n];
  let [above, below] = [0, 0];
  for (let p = 0; p < count; p++) {
    const w = 0.05 + face.visibility[p]!;
    const dx = model[p * 2]! - mx;
    const dy = model[p * 2 + 1]! - my;
    above += w * (dx * (face.points[p * 2]! - px) + dy * (face.points[p * 2 + 1]! - py));
    below += w * (dx * dx + dy * dy);
  }
  return above / below;
}
