import { label, labelSet } from '../../core/regions.ts';
import { softForeground } from '../blend/soft-foreground.ts';

const skinOnly = labelSet([label.skin, label.nose]);
/** Probability from which on skin begins to count, and from which on it counts in full. */
const [low, high] = [0.7, 0.95];

/**
 * Where a face surely shows skin: what its mean colour and its light are read off. Pixels at the border of hair, beard
 * or background are partly these, and darker or brighter than the skin; mean colours are comparable only where all are
 * read without them.
 *
 * Shapes: probabilities [12,S,S] -> [S,S] 0…1.
 */
export function sureSkin(probabilities: Float32Array, size: number): Float32Array {
  return softForeground(probabilities, size, skinOnly, { low, high, fadePx: 1 });
}

/** The same of pixel `i` of `area`, without the fade at the border. */
export function sureSkinAt(probabilities: Float32Array, area: number, i: number): number {
  const p = probabilities[label.skin * area + i]! + probabilities[label.nose * area + i]!;
  return p <= low ? 0 : p >= high ? 1 : (p - low) / (high - low);
}
