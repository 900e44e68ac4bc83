import { isInnerLabel, label } from '../../core/regions.ts';
import { ease } from '../geometry/ease.ts';

/** The fade is never shorter than this, as a share of the crop: a chin may lie at its very border. */
const shortest = 0.06;
/** Pixels of face below the chin's row, as a share of the crop's: a few that the parser mistakes do not move it. */
const below = 0.0015;

/**
 * Lets the neck go over from the new face to the target's own between the chin and the crop's lower border, in
 * place. Under the chin the neck has the new face's colour, or a jaw of one colour would stand on a neck of
 * another; at the border it has the target's, because the crop ends in the middle of the neck and nothing
 * outside it may change. The face itself is left alone.
 *
 * Shapes: mask [S,S] 0…1, probabilities [12,S,S], labels [S,S] (those of the new face).
 */
export function fadeNeck(
  mask: Float32Array,
  probabilities: Float32Array,
  labels: Uint8Array,
  size: number,
): void {
  const area = size * size;
  const neck = label.belowface * area;
  const chin = chinRow(labels, size);
  for (let y = Math.floor(chin); y < size; y++) {
    const keep = ease((size - y - 0.5) / (size - chin));
    for (let x = 0; x < size; x++) {
      const i = y * size + x;
      // A chin that is longer than the target's lies on its neck.
      if (isInnerLabel[labels[i]!]) continue;
      mask[i]! *= 1 - (1 - keep) * Math.min(1, probabilities[neck + i]!);
    }
  }
}

/** The row at which the face ends, between rows; of a crop without a face, as low as the fade allows. */
function chinRow(labels: Uint8Array, size: number): number {
  const lowest = (1 - shortest) * size;
  let count = 0;
  for (let y = size - 1; y >= size / 2; y--) {
    let inRow = 0;
    for (let i = y * size; i < (y + 1) * size; i++) inRow += isInnerLabel[labels[i]!]!;
    if (count + inRow > below * labels.length) {
      const part = (below * labels.length - count) / inRow;
      return Math.min(lowest, y + 1 - part);
    }
    count += inRow;
  }
  return lowest;
}
