import { regionCount } from '../../core/regions.ts';
import { checkParts, type RegionStyles, type StyleParts } from './styles.ts';

/**
 * Averages styles per region and scale, each weighted by how many pixels of the region it saw there: a picture
 * that does not show a region (or a scale at which it vanishes) has no say in it, and never drags it to zero
 * (E4S g.4). Serves several photos of one person, and a window in time with `weights`.
 *
 * Shapes: n x { vectors [12,V], counts [12,K] } -> one of the same. A part nobody saw stays zero.
 *
 * @param weights one factor a picture on top of the pixel counts; all 1 when left out
 * @param isByArea false weighs all pictures that show a part alike, whatever the area
 */
export function averageStyles(
  list: readonly RegionStyles[],
  parts: StyleParts,
  weights?: readonly number[],
  isByArea = true,
): RegionStyles {
  const first = list[0];
  if (!first) throw new RangeError('averageStyles needs at least one picture.');
  const vectors = new Float32Array(first.vectors.length);
  const counts = new Int32Array(first.counts.length);
  const v = vectors.length / regionCount;
  const k = parts.length;
  for (const styles of list) checkParts(styles, parts);
  for (let r = 0; r < regionCount; r++) {
    let at = r * v;
    for (let scale = 0; scale < k; scale++) {
      const width = parts[scale]!;
      let total = 0;
      let most = 0;
      for (let i = 0; i < list.length; i++) {
        const count = list[i]!.counts[r * k + scale]!;
        const factor = weights ? weights[i]! : 1;
        if (count === 0 || factor === 0) continue;
        const weight = factor * (isByArea ? count : 1);
        total += weight;
        most = Math.max(most, count);
        const from = list[i]!.vectors;
        for (let c = 0; c < width; c++) vectors[at + c]! += weight * from[at + c]!;
      }
      if (total > 0) for (let c = 0; c < width; c++) vectors[at + c]! /= total;
      counts[r * k + scale] = most;
      at += width;
    }
  }
  return { vectors, counts };
}
