import type { Transform } from '../../core/geometry.ts';

/** Gives the transform that changes nothing. */
export function identityTransform(): Transform {
  return Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
}

/** Gives a · b: first b, then a. `cFromA = compose(cFromB, bFromA)`. */
export function compose(a: Transform, b: Transform): Transform {
  const out = new Float64Array(9);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += a[row * 3 + k]! * b[k * 3 + column]!;
      out[row * 3 + column] = sum;
    }
  }
  return out;
}

/**
 * Gives the way back, scaled so that its last element is 1 (0 stays 0).
 *
 * @throws {RangeError} when there is none
 */
export function invert(m: Transform): Transform {
  const [a, b, c, d, e, f, g, h, i] = m as unknown as [
    ...[number, number, number],
    ...[number, number, number],
    ...[number, number, number],
  ];
  const out = Float64Array.of(
    ...[e * i - f * h, c * h - b * i, b * f - c * e],
    ...[f * g - d * i, a * i - c * g, c * d - a * f],
    ...[d * h - e * g, b * g - a * h, a * e - b * d],
  );
  const determinant = a * out[0]! + b * out[3]! + c * out[6]!;
  if (!(Math.abs(determinant) > 1e-12)) throw new RangeError('the transform has no inverse');
  const unit = out[8] !== 0 ? out[8]! : determinant;
  for (let k = 0; k < 9; k++) out[k]! /= unit;
  return out;
}

/** How many pixels on the far side one pixel at (x, y) covers per axis: the square root of the local area ratio. */
export function scaleAt(m: Transform, x: number, y: number): number {
  const w = m[6]! * x + m[7]! * y + m[8]!;
  const u = (m[0]! * x + m[1]! * y + m[2]!) / w;
  const v = (m[3]! * x + m[4]! * y + m[5]!) / w;
  const ux = m[0]! - u * m[6]!;
  const uy = m[1]! - u * m[7]!;
  const vx = m[3]! - v * m[6]!;
  const vy = m[4]! - v * m[7]!;
  return Math.sqrt(Math.abs(ux * vy - uy * vx)) / Math.abs(w);
}
