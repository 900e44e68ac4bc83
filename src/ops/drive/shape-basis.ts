import { ease } from '../geometry/ease.ts';
import type { Pose } from '../../core/faces.ts';

/** A linear model of head shape at the landmarks: shape = mean + identity weights · modes + blendshape weights · modes. */
export type ShapeBasis = {
  /** [P,3] in head units (cm): x to the subject's left, y up, z towards the viewer. */
  readonly mean: Float32Array;
  /** [I,P,3]. */
  readonly identity: Float32Array;
  /** [E,P,3]. */
  readonly expression: Float32Array;
};

/** How many landmarks the basis has. */
export function basisPointCount(basis: ShapeBasis): number {
  return basis.mean.length / 3;
}

/**
 * Gives the head rotation that the renders use: R = Rz(-roll) · Ry(yaw) · Rx(pitch), row-major 3x3.
 *
 * @param pose yaw > 0 towards the viewer's right, pitch > 0 down, roll > 0 clockwise
 */
export function rotationOf({ yaw, pitch, roll }: Pose): Float64Array {
  const rad = Math.PI / 180;
  const [cy, sy] = [Math.cos(yaw * rad), Math.sin(yaw * rad)];
  const [cp, sp] = [Math.cos(pitch * rad), Math.sin(pitch * rad)];
  const [cr, sr] = [Math.cos(-roll * rad), Math.sin(-roll * rad)];
  return Float64Array.of(
    cr * cy,
    cr * sy * sp - sr * cp,
    cr * sy * cp + sr * sp,
    sr * cy,
    sr * sy * sp + cr * cp,
    sr * sy * cp - cr * sp,
    -sy,
    cy * sp,
    cy * cp,
  );
}

/**
 * Adds weighted modes to a shape.
 *
 * Shapes: shape [P,3], weights [<= M], modes [M,P,3] -> shape [P,3], in place.
 */
export function addModes(shape: Float32Array, weights: ArrayLike<number>, modes: Float32Array): Float32Array {
  const size = shape.length;
  const count = Math.min(weights.length, modes.length / size);
  for (let m = 0; m < count; m++) {
    const weight = weights[m]!;
    if (weight === 0) continue;
    const at = m * size;
    for (let i = 0; i < size; i++) shape[i]! += weight * modes[at + i]!;
  }
  return shape;
}

/** Projects a shape orthographically: [P,3] in head units, y up -> [P,2] in picture axes (y down), scale 1. */
export function projectShape(shape: Float32Array, pose: Pose): Float32Array {
  const r = rotationOf(pose);
  const [r0, r1, r2, r3, r4, r5] = [r[0]!, r[1]!, r[2]!, r[3]!, r[4]!, r[5]!];
  const count = shape.length / 3;
  const out = new Float32Array(count * 2);
  for (let p = 0; p < count; p++) {
    const x = shape[p * 3]!;
    const y = shape[p * 3 + 1]!;
    const z = shape[p * 3 + 2]!;
    out[p * 2] = r0 * x + r1 * y + r2 * z;
    out[p * 2 + 1] = -(r3 * x + r4 * y + r5 * z);
  }
  return out;
}

/**
 * How far each landmark follows an exchange of the inner face: 1 on it, 0 on ears, scalp and neck, smooth
 * between. Geometry of the mean head in cm; the renders' truth blends two heads with the same falloff.
 */
export function innerFaceWeights(mean: Float32Array): Float32Array {
  const count = mean.length / 3;
  const out = new Float32Array(count);
  for (let p = 0; p < count; p++) {
    const y = mean[p * 3 + 1]!;
    const z = mean[p * 3 + 2]!;
    const depth = z - 0.25 * Math.max(0, y - 7);
    out[p] = smoothStep(-1, 3.2, depth) * smoothStep(11.6, 8.6, y) * smoothStep(-9.8, -8.2, y);
  }
  return out;
}

function smoothStep(from: number, to: number, x: number): number {
  return ease((x - from) / (to - from));
}
