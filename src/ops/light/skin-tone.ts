import type { LightFacts } from './light-facts.ts';

/**
 * How much of what two pictures differ by is a difference of light and exposure, in log units; fitted on 1627 rendered
 * (source, target, truth) triples, read as facet reads them, by models/training/light/fit_tone.py: the error of the skin's
 * brightness falls from 0.132 to 0.109 (log units, rms).
 *
 * The whites of the eyes are much the same in everybody: a third of what their brightness differs by is light. The rest is
 * lids and lashes above them, and skin around, in whose light whites are redder as well as darker: what is redder is
 * brighter than it seems. Skin is redder the darker it is, and pictures of dark skin are exposed longer: another skin in
 * the same picture is brighter. Both count alike. Beyond `reddest`, over twice the
 * renders' own difference (rms), more red is taken for a lamp's.
 *
 * The renders' eyes differ by `spread` (rms). Of films in the dark they know nothing; there `rare.share` of the pictures
 * are taken to differ by `rare.spread`, nearly all of which is light. Of 0.1 the result is the renders' own, of 0.8 (eyes
 * half as bright) nearly the difference of the eyes.
 */
export const toneModel = {
  eyes: 0.338,
  red: 0.441,
  reddest: 0.3,
  floor: 0.02,
  spread: 0.237,
  rare: { share: 0.2, spread: 0.85, eyes: 0.93 },
} as const;

/** No picture is so dark or bright that skin in it goes by more than this, in log units: a sixth, six times. */
const furthest = 1.8;

/**
 * Predicts the mean colour of the source's skin under the target's light and exposure (gamma coded, 0…1).
 *
 * The source's own skin colour leads: matching the target's mean would give the source the target's skin tone.
 * Only its brightness is corrected, by what photo and target have in common. Where it is known in what light the target is
 * seen on average, what this frame's skin differs by from it is light as well, colour and all, and the source's follows.
 *
 * @param usual the same person's light on average over the file ({@link usualLight}); as here when left out
 */
export function skinTone(
  source: LightFacts,
  target: LightFacts,
  usual: LightFacts = target,
): [number, number, number] {
  const { floor } = toneModel;
  const hasEyes = source.eyePixels > 0 && usual.eyePixels > 0;
  let redder = redness(usual.skin) - redness(source.skin);
  if (hasEyes) redder += redness(usual.eyes) - redness(source.eyes);
  let shift = toneModel.red * Math.min(toneModel.reddest, Math.max(-toneModel.reddest, redder));
  if (hasEyes) {
    const eyes = Math.log((luma(usual.eyes) + floor) / (luma(source.eyes) + floor));
    const rare = rareness(eyes);
    shift = (1 - rare) * (shift + toneModel.eyes * eyes) + rare * toneModel.rare.eyes * eyes;
  }
  const channel = (c: 0 | 1 | 2): number => {
    const change = Math.log(target.skin[c] + floor) - Math.log(usual.skin[c] + floor);
    return source.skin[c] * Math.exp(Math.min(furthest, Math.max(-furthest, shift + change)));
  };
  return [channel(0), channel(1), channel(2)];
}

/** How likely a difference of the eyes' brightness is one that the renders do not show, 0…1. */
function rareness(eyes: number): number {
  const { spread, rare } = toneModel;
  const density = (width: number): number => Math.exp((eyes / width) ** 2 / -2) / width;
  const other = rare.share * density(rare.spread);
  return other / (other + (1 - rare.share) * density(spread));
}

/** How red a colour is, whatever its brightness: red over green, log units. */
function redness(color: readonly [number, number, number]): number {
  return Math.log((color[0] + toneModel.floor) / (color[1] + toneModel.floor));
}

/** BT.709 luma of a gamma coded colour. */
export function luma(color: readonly [number, number, number]): number {
  return 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2];
}
