import { label } from '../../core/regions.ts';

/** What a picture of a face tells about its light: mean colours in its own (gamma coded, 0…1) RGB. */
export type LightFacts = {
  /** Mean of skin and nose. */
  readonly skin: readonly [number, number, number];
  /** Mean of the eyes: much the same in everybody, so a difference is a difference of light. */
  readonly eyes: readonly [number, number, number];
  /** Pixels behind each. */
  readonly skinPixels: number;
  readonly eyePixels: number;
};

/** Reads the light facts off an aligned crop. Shapes: crop [3,S,S] RGB 0…1, labels [S,S]. */
export function lightFacts(crop: Float32Array, labels: Uint8Array): LightFacts {
  const area = labels.length;
  const skin: [number, number, number] = [0, 0, 0];
  const eyes: [number, number, number] = [0, 0, 0];
  let skinPixels = 0;
  let eyePixels = 0;
  for (let i = 0; i < area; i++) {
    const l = labels[i]!;
    if (l === label.skin || l === label.nose) {
      skinPixels += 1;
      for (let c = 0; c < 3; c++) skin[c]! += crop[c * area + i]!;
    } else if (l === label.eyes) {
      eyePixels += 1;
      for (let c = 0; c < 3; c++) eyes[c]! += crop[c * area + i]!;
    }
  }
  const mean = (sum: [number, number, number], n: number): [number, number, number] =>
    n === 0 ? [0, 0, 0] : [sum[0] / n, sum[1] / n, sum[2] / n];
  return { skin: mean(skin, skinPixels), eyes: mean(eyes, eyePixels), skinPixels, eyePixels };
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
