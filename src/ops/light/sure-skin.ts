import { label, labelSet } from '../../core/regions.ts';
import { softForeground } from '../blend/soft-foreground.ts';

const skinOnly = labelSet([label.skin, label.nose]);

/**
 * Where a face surely shows skin: what its mean colour and its light are read off. Pixels at the border of hair, beard
 * or background are partly these, and darker or brighter than the skin; mean colours are comparable only where all are
 * read without them.
 *
 * Shapes: probabilities [12,S,S] -> [S,S] 0…1.
 */
export function sureSkin(probabilities: Float32Array): Float32Array {
  const size = Math.round(Math.sqrt(probabilities.length / 12));
  return softForeground(probabilities, size, skinOnly, { low: 0.7, high: 0.95, fadePx: 1 });
}
