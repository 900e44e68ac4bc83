import { innerFaceLabels, label, regionCount } from '../../core/regions.ts';
import { regionPixels, type RegionStyles } from '../style/styles.ts';

/** Pixels at the encoder's finest scale below which a source shows too little of a region to give its look. */
const leastPixels = 4;

/**
 * Which regions of the inner face stay the target's own picture: those that take nothing of the source, and those
 * that the source does not show (teeth behind closed lips). Their pixels are better than any reconstruction.
 *
 * With a small generator, eyes and the inside of the mouth too: it cannot draw a gaze or teeth, the target has them.
 *
 * @param source what the source's photos show
 * @param amounts how far each region's texture goes, length 12
 * @returns 1 by label, length 12
 */
export function keptRegions(
  source: RegionStyles,
  amounts: Float32Array,
  isGeneratorSmall: boolean,
): Uint8Array {
  const kept = new Uint8Array(regionCount);
  for (const region of innerFaceLabels) {
    if (isGeneratorSmall && (region === label.eyes || region === label.mouth)) kept[region] = 1;
    if (amounts[region] === 0 || regionPixels(source, region) < leastPixels) kept[region] = 1;
  }
  return kept;
}
