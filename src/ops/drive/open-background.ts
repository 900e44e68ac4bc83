import { isInnerLabel, label } from '../../core/regions.ts';
import { boxBlur } from '../blend/blur.ts';
import { convexHull } from '../geometry/convex-hull.ts';
import { ease } from '../geometry/ease.ts';
import { away, faintest, meanRow, surroundings, whole } from './beside-face.ts';

/** The share of background within the outline, in the square of `away` around, that is a thing in front. */
const thing = 0.003;

/**
 * Finds the background that a wider face may cover: beside and below the target's face, from its eyes down. What lies in
 * front of a face has the same label, but it lies within the face's outline (the hull of its landmarks, hidden ones too),
 * and near such a thing nothing is open. Source: E4S d.2, where the face covers the background below the forehead.
 *
 * Shapes: labels [S,S], points [P,2] in crop pixels, P >= 68 -> [S,S], 1 = open; undefined where nothing is.
 *
 * @param outline the hull of the points, where it is known already
 */
export function openBackground(
  labels: Uint8Array,
  points: Float32Array,
  size: number,
  outline: Float32Array = convexHull(points),
): Uint8Array | undefined {
  if (points.length < 2 * 68) return undefined;
  const around = surroundings(outline, size);
  if (!around) return undefined;
  const { inside, near } = around;
  const front = new Float32Array(labels.length);
  let isAnyInFront = false;
  // The outline is not sharper than its margin: only what lies deeper is in front for sure.
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== label.background || inside[i]! < whole) continue;
    front[i] = 1;
    isAnyInFront = true;
  }
  if (isAnyInFront) boxBlur(front, size, size, Math.round(away * size));
  const eyes = meanRow(points, 36, 48);
  const out = new Uint8Array(labels.length);
  let count = 0;
  for (let i = Math.max(0, Math.round(eyes)) * size; i < labels.length; i++) {
    if (labels[i] !== label.background || inside[i]! >= whole) continue;
    if (near[i]! < faintest || front[i]! > thing) continue;
    out[i] = 1;
    count += 1;
  }
  return count > 0 ? out : undefined;
}

/** Width of the fade at the crop's border, as a share of it: nothing ends there at a straight line. */
const fade = 0.05;

/**
 * Lets the mask go out over the background that the new face covers, in place; soft by a pixel at its rim.
 *
 * Shapes: mask [S,S] 0…1, labels [S,S] of the new face, isOpen [S,S].
 */
export function growMask(mask: Float32Array, labels: Uint8Array, isOpen: Uint8Array, size: number): void {
  const grown = new Float32Array(labels.length);
  const cover = new Float32Array(labels.length);
  let count = 0;
  for (let i = 0; i < labels.length; i++) {
    if (!isInnerLabel[labels[i]!]) continue;
    cover[i] = 1;
    grown[i] = isOpen[i]!;
    count += isOpen[i]!;
  }
  if (count === 0) return;
  const unit = Math.max(1, Math.round(size / 256));
  // The old rim, over which the face went out: half a mask there would let the background shine through.
  boxBlur(grown, size, size, 4 * unit);
  boxBlur(cover, size, size, unit);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const i = y * size + x;
      if (grown[i]! <= faintest) continue;
      const edge = Math.min(y + 0.5, size - y - 0.5, x + 0.5, size - x - 0.5) / (fade * size);
      mask[i] = Math.max(mask[i]!, ease(edge) * cover[i]!);
    }
  }
}
