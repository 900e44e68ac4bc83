import { label } from '../../core/regions.ts';
import { boxBlur } from '../blend/blur.ts';
import { convexHull } from '../geometry/convex-hull.ts';
import { ease } from '../geometry/ease.ts';
import { away, blunt, faintest, meanRow, reach, surroundings, whole } from './beside-face.ts';

/** The share of things within the outline, in the square of `away` around, at which no hair beside the face is open. */
const curtain = 0.04;
/** Blurred by its reach, the face falls from this, where it is sure, over a half at its outline to nothing. */
const brim = 0.5 * (1 + blunt / reach);

/**
 * Finds the hair that a wider face may cover: what hangs beside the target's cheeks and jaw is hidden by broader ones,
 * as in E4S b.5, where the face covers all hair. At the temples hair grows out of the head and stays: it opens in a wedge
 * from the eyes to the mouth. A fringe stays too, and the more falls over cheeks and jaw, hair or things, the
 * less is open beside.
 *
 * Cheeks and jaw are the hull of the 68 landmarks; those of the ears, over which hair hangs as well, have no say.
 *
 * Shapes: labels [S,S], points [P,2] in crop pixels, P >= 68 -> [S,S], 1 = open; undefined where nothing is.
 */
export function openHair(labels: Uint8Array, points: Float32Array, size: number): Uint8Array | undefined {
  if (points.length < 2 * 68 || !labels.includes(label.hair)) return undefined;
  const around = surroundings(convexHull(points.subarray(0, 2 * 68)), size);
  if (!around) return undefined;
  const { inside, near } = around;
  const eyes = meanRow(points, 36, 48);
  const mouth = meanRow(points, 48, 68);
  const first = Math.max(0, Math.round(eyes));
  const front = thingsInFront(labels, inside, first * size);
  boxBlur(front, size, size, Math.round(away * size));
  const out = new Uint8Array(labels.length);
  let count = 0;
  for (let y = first; y < size; y++) {
    const wedge = 1 - ease((y - eyes) / Math.max(1, mouth - eyes));
    count += openRow(out, labels, inside, near, front, wedge, y * size, (y + 1) * size);
  }
  return count > 0 ? out : undefined;
}

// Loops in functions of their own, with arrays and numbers only: V8 compiles each once.

/** 1 where hair or a thing lies within the outline, from pixel `first` on. */
function thingsInFront(labels: Uint8Array, inside: Float32Array, first: number): Float32Array {
  const front = new Float32Array(labels.length);
  for (let i = first; i < labels.length; i++) {
    if (inside[i]! >= whole && (labels[i] === label.hair || labels[i] === label.background)) front[i] = 1;
  }
  return front;
}

/** Opens the hair of one row; returns how many pixels. */
function openRow(
  out: Uint8Array,
  labels: Uint8Array,
  inside: Float32Array,
  near: Float32Array,
  front: Float32Array,
  wedge: number,
  first: number,
  end: number,
): number {
  let count = 0;
  for (let i = first; i < end; i++) {
    if (labels[i] !== label.hair || inside[i]! >= whole) continue;
    const least = brim * Math.max(wedge, Math.min(1, front[i]! / curtain));
    if (near[i]! < Math.max(faintest, least)) continue;
    out[i] = 1;
    count += 1;
  }
  return count;
}
