import { regionCount } from '../../core/regions.ts';
import { checkParts, regionPixels, type RegionStyles, type StyleParts } from './styles.ts';

/**
 * Replaces the target's style vectors by the source's where `amounts` says so (0 = target, 1 = source; between:
 * interpolated). A region that the source does not show keeps the target's; one that the target does not show
 * takes the source's whole; the same at each scale, so that a part without pixels never mixes zeros in.
 *
 * Source: E4S b.6, with counting in place of "sum equals zero" and one rule for every region (E4S g.6, g.7).
 *
 * @param target undefined when nothing of the target is known: then the source's regions are taken as they are
 * @param amounts one number 0..1 a region, length 12
 */
export function swapStyles(
  source: RegionStyles,
  target: RegionStyles | undefined,
  amounts: Float32Array,
  parts: StyleParts,
): RegionStyles {
  if (amounts.length !== regionCount) {
    throw new RangeError(`amounts are [${amounts.length}], expected [R] = [${regionCount}]`);
  }
  checkParts(source, parts);
  if (!target) return source;
  checkParts(target, parts);
  const vectors = Float32Array.from(target.vectors);
  const counts = Int32Array.from(target.counts);
  const v = vectors.length / regionCount;
  const k = parts.length;
  for (let r = 0; r < regionCount; r++) {
    const amount = amounts[r]!;
    if (amount === 0 || regionPixels(source, r) === 0) continue;
    let at = r * v;
    for (let scale = 0; scale < k; scale++) {
      const width = parts[scale]!;
      const inSource = source.counts[r * k + scale]!;
      const inTarget = target.counts[r * k + scale]!;
      const a = inSource === 0 ? 0 : inTarget === 0 ? 1 : amount;
      for (let c = at; c < at + width; c++) {
        vectors[c] = target.vectors[c]! + a * (source.vectors[c]! - target.vectors[c]!);
      }
      if (a > 0) counts[r * k + scale] = Math.max(inSource, inTarget);
      at += width;
    }
  }
  return { vectors, counts };
}
