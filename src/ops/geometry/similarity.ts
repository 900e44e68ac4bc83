import type { Transform } from '../../core/geometry.ts';

/**
 * Gives the similarity (turn, one scale, shift; no mirroring) that maps points onto others with the least sum of
 * squared distances.
 *
 * Shapes: from, to [P,2], P >= 2 -> toFromFrom.
 *
 * @throws {RangeError} when all points of `from` are one
 */
export function similarityFromPoints(from: ArrayLike<number>, to: ArrayLike<number>): Transform {
  const count = from.length / 2;
  if (to.length !== from.length || count < 2) {
    throw new RangeError(`points are [${count},2] and [${to.length / 2},2], expected two of [P,2], P >= 2`);
  }
  let [fx, fy, tx, ty] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    fx += from[i * 2]! / count;
    fy += from[i * 2 + 1]! / count;
    tx += to[i * 2]! / count;
    ty += to[i * 2 + 1]! / count;
  }
  let [along, across, spread] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const x = from[i * 2]! - fx;
    const y = from[i * 2 + 1]! - fy;
    const u = to[i * 2]! - tx;
    const v = to[i * 2 + 1]! - ty;
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  }
  if (!(spread > 0)) throw new RangeError('the points are all one');
  const c = along / spread;
  const s = across / spread;
  return Float64Array.of(c, -s, tx - c * fx + s * fy, s, c, ty - s * fx - c * fy, 0, 0, 1);
}
