import type { IrisColor } from '../detail/iris.ts';
import type { LightFacts } from './light-facts.ts';
import { luma } from './skin-tone.ts';

/** Predicts the source's iris colour in the target's light: scaled as the whites of the eyes are brighter or darker. */
export function irisInLight(iris: IrisColor, source: LightFacts, target: LightFacts): IrisColor {
  if (source.eyePixels === 0 || target.eyePixels === 0) return iris;
  const ratio = (luma(target.eyes) + 0.02) / (luma(source.eyes) + 0.02);
  const gain = Math.min(2.5, Math.max(0.15, ratio));
  return [iris[0] * gain, iris[1] * gain, iris[2] * gain];
}
