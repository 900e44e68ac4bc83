import type { LightFacts } from './light-facts.ts';

/**
 * How much of a difference in the eyes' and the skins' brightness is a difference of light and exposure, in log
 * units; fitted on 3000 rendered (source, target, truth) triples by models/training/light/fit_tone.py: the error of
 * the skin's brightness falls from 0.131 to 0.112 (log units, rms). Colour casts did not help the prediction
 * (coefficients of 0.01 to 0.03), so chroma stays the source's.
 */
export const toneModel = { eyes: 0.255, skin: -0.1, floor: 0.02 } as const;

/**
 * Predicts the mean colour of the source's skin under the target's light and exposure (gamma coded, 0…1).
 *
 * The source's own skin colour leads: matching the target's mean would give the source the target's skin tone.
 * Only its brightness is corrected, by what both pictures have in common.
 */
export function skinTone(source: LightFacts, target: LightFacts): [number, number, number] {
  const { floor } = toneModel;
  const log = (color: readonly [number, number, number]): number => Math.log(luma(color) + floor);
  let shift = toneModel.skin * (log(target.skin) - log(source.skin));
  if (source.eyePixels > 0 && target.eyePixels > 0) {
    shift += toneModel.eyes * (log(target.eyes) - log(source.eyes));
  }
  const gain = Math.exp(Math.min(0.35, Math.max(-0.35, shift)));
  return [source.skin[0] * gain, source.skin[1] * gain, source.skin[2] * gain];
}

/** BT.709 luma of a gamma coded colour. */
export function luma(color: readonly [number, number, number]): number {
  return 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2];
}
