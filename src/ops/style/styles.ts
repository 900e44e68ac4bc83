import { regionCount } from '../../core/regions.ts';

/** What an encoder reads off one picture: texture per region, and how many pixels it comes from. */
export type RegionStyles = {
  /** Style vectors, [12,V]. */
  readonly vectors: Float32Array;
  /** Pixels of each region at the encoder's scales, fine to coarse, [12,K]. A part without pixels is zeros. */
  readonly counts: Int32Array;
};

/** Where the parts of a style vector begin: the widths of its scales, fine to coarse. Sums to V. */
export type StyleParts = readonly number[];

/**
 * Pixels of a region at the finest scale: 0 means that the picture does not show it.
 * Counted, not "the vector sums to zero" as in the published code (E4S g.6): a sum can be zero by chance.
 */
export function regionPixels(styles: RegionStyles, region: number): number {
  return styles.counts[region * scaleCount(styles)] ?? 0;
}

/** How many scales the counts tell of. */
export function scaleCount(styles: RegionStyles): number {
  return styles.counts.length / regionCount;
}

/** Width V of one region's style vector. */
export function vectorSize(styles: RegionStyles): number {
  return styles.vectors.length / regionCount;
}

/**
 * Checks that styles and parts fit each other.
 *
 * @throws {RangeError} with both sizes
 */
export function checkParts(styles: RegionStyles, parts: StyleParts): void {
  const v = vectorSize(styles);
  let sum = 0;
  for (const width of parts) sum += width;
  if (sum !== v) throw new RangeError(`style vectors are [12,${v}], expected [12,V] = [12,${sum}]`);
  if (scaleCount(styles) !== parts.length) {
    throw new RangeError(`counts are [12,${scaleCount(styles)}], expected [12,K] = [12,${parts.length}]`);
  }
}
