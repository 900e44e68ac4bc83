import { label } from '../../core/regions.ts';

/** Where the neck begins to keep the target's colour, and how far that reaches, as shares of the crop from its bottom. */
const reach = 0.22;

/**
 * Lets the neck go over from the new face to the target's own towards the crop's lower border, in place: the crop
 * ends in the middle of the neck, and a change of skin colour must not end there at a line. The face itself, chin
 * and all, is left alone.
 *
 * Shapes: mask [S,S] 0…1, probabilities [12,S,S].
 */
export function fadeNeck(mask: Float32Array, probabilities: Float32Array, size: number): void {
  const area = size * size;
  const neck = label.belowface * area;
  for (let y = Math.floor((1 - reach) * size); y < size; y++) {
    const t = (size - y - 0.5) / (reach * size);
    const keep = t * t * (3 - 2 * t);
    for (let x = 0; x < size; x++) {
      const i = y * size + x;
      mask[i]! *= 1 - (1 - keep) * Math.min(1, probabilities[neck + i]!);
    }
  }
}
