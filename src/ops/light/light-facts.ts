import { label } from '../../core/regions.ts';
import { sureSkinAt } from './sure-skin.ts';

/** What a picture of a face tells about its light: mean colours in its own (gamma coded, 0…1) RGB. */
export type LightFacts = {
  /** Mean of what is surely skin or nose ({@link sureSkinAt}). */
  readonly skin: readonly [number, number, number];
  /**
   * Mean of the brightest fifth of the eyes' pixels, the whites: much the same in everybody, so that a difference
   * is a difference of light.
   */
  readonly eyes: readonly [number, number, number];
  /** Pixels behind each. */
  readonly skinPixels: number;
  readonly eyePixels: number;
};

/** Reads the light facts off an aligned crop. Shapes: crop [3,S,S] RGB 0…1, labels [S,S], probabilities [12,S,S]. */
export function lightFacts(crop: Float32Array, labels: Uint8Array, probabilities: Float32Array): LightFacts {
  const area = labels.length;
  const skin: [number, number, number] = [0, 0, 0];
  const eyeAt: number[] = [];
  let skinPixels = 0;
  for (let i = 0; i < area; i++) {
    const w = sureSkinAt(probabilities, area, i);
    if (w > 0) {
      skinPixels += w;
      for (let c = 0; c < 3; c++) skin[c]! += w * crop[c * area + i]!;
    }
    if (labels[i] === label.eyes) eyeAt.push(i);
  }
  const brightness = (i: number): number =>
    0.2126 * crop[i]! + 0.7152 * crop[area + i]! + 0.0722 * crop[2 * area + i]!;
  eyeAt.sort((a, b) => brightness(b) - brightness(a));
  const eyes: [number, number, number] = [0, 0, 0];
  const whites = eyeAt.slice(0, Math.ceil(eyeAt.length / 5));
  for (const i of whites) for (let c = 0; c < 3; c++) eyes[c]! += crop[c * area + i]! / whites.length;
  if (skinPixels > 0) for (let c = 0; c < 3; c++) skin[c]! /= skinPixels;
  return { skin, eyes, skinPixels, eyePixels: eyeAt.length };
}

/** Averages light facts over photos or over a window in time, each colour weighted by its pixels. */
export function averageLight(
  list: readonly LightFacts[],
  weights: readonly number[] = list.map(() => 1),
): LightFacts {
  const skin: [number, number, number] = [0, 0, 0];
  const eyes: [number, number, number] = [0, 0, 0];
  let [skinTotal, eyeTotal, skinPixels, eyePixels] = [0, 0, 0, 0];
  list.forEach((facts, i) => {
    const ws = weights[i]! * facts.skinPixels;
    const we = weights[i]! * facts.eyePixels;
    skinTotal += ws;
    eyeTotal += we;
    skinPixels = Math.max(skinPixels, facts.skinPixels);
    eyePixels = Math.max(eyePixels, facts.eyePixels);
    for (let c = 0; c < 3; c++) {
      skin[c]! += ws * facts.skin[c]!;
      eyes[c]! += we * facts.eyes[c]!;
    }
  });
  for (let c = 0; c < 3; c++) {
    if (skinTotal > 0) skin[c]! /= skinTotal;
    if (eyeTotal > 0) eyes[c]! /= eyeTotal;
  }
  return { skin, eyes, skinPixels, eyePixels };
}
