import { regionCount } from '../../core/regions.ts';
import { ease } from '../geometry/ease.ts';

/**
 * Gives how much of each pixel the generated face may replace: the probability that the target shows one of the
 * `replaced` regions there (what lies in front, hair, glasses, hands, is none of them), faded out towards the
 * crop's border, so that nothing ends at a straight line. The driven face never leaves the target's own
 * foreground (see `shapeFace`), so this holds for every shape.
 *
 * Shapes: probabilities [12,S,S] -> [S,S] 0…1.
 *
 * @param replaced 1 for every region to be replaced, length 12
 * @param low probability at which the mask begins
 * @param high probability at which the mask is whole
 * @param fadePx width of the fade at the crop's border
 */
export function softForeground(
  probabilities: Float32Array,
  size: number,
  replaced: Uint8Array,
  { low, high, fadePx }: { readonly low: number; readonly high: number; readonly fadePx: number },
  out = new Float32Array(size * size),
): Float32Array {
  const area = size * size;
  if (probabilities.length !== regionCount * area) {
    throw new RangeError(
      `probabilities are [${probabilities.length}], expected [R,S,S] = [${regionCount},${size},${size}]`,
    );
  }
  const gain = 1 / (high - low);
  // Fading grows with the distance from the border: the nearest one's is the least.
  const edges = Float64Array.from({ length: size }, (_, x) =>
    ease(Math.min(x + 0.5, size - x - 0.5) / fadePx),
  );
  const sum = new Float32Array(size);
  for (let y = 0; y < size; y++) {
    sum.fill(0);
    for (let r = 0; r < regionCount; r++) {
      if (!replaced[r]) continue;
      const at = r * area + y * size;
      for (let x = 0; x < size; x++) sum[x]! += probabilities[at + x]!;
    }
    const edge = edges[y]!;
    for (let x = 0; x < size; x++) {
      const a = (sum[x]! - low) * gain;
      out[y * size + x] = (a < 0 ? 0 : a > 1 ? 1 : a) * Math.min(edge, edges[x]!);
    }
  }
  return out;
}
