import { label } from '../../core/regions.ts';

/** Mean colour of the irises, gamma coded RGB 0…1. */
export type IrisColor = readonly [number, number, number];

/** First landmarks of the two irises among the 198: the centre, then four of the rim. */
const irises = [139, 144] as const;
/** The coloured ring, in radii of the iris: outside the pupil, inside the dark limbus. */
const ring = [0.35, 0.9] as const;
const leastPixels = 8;

type Iris = { readonly x: number; readonly y: number; readonly radius: number };

/** Where the irises are, from the 198 landmarks in crop pixels; none from fewer landmarks. */
export function findIrises(points: Float32Array): readonly Iris[] {
  if (points.length < 2 * 149) return [];
  return irises.map((centre) => {
    const x = points[2 * centre]!;
    const y = points[2 * centre + 1]!;
    let radius = 0;
    for (let p = centre + 1; p <= centre + 4; p++) {
      radius += Math.hypot(points[2 * p]! - x, points[2 * p + 1]! - y) / 4;
    }
    return { x, y, radius };
  });
}

/**
 * Reads the colour of the irises' rings off an aligned crop; undefined when hardly a pixel of them is seen.
 *
 * Shapes: crop [3,S,S] RGB 0…1, labels [S,S], points [198,2] in crop pixels.
 */
export function irisColor(
  crop: Float32Array,
  labels: Uint8Array,
  points: Float32Array,
): IrisColor | undefined {
  const area = labels.length;
  const size = Math.round(Math.sqrt(area));
  const sum = [0, 0, 0];
  let count = 0;
  for (const iris of findIrises(points)) {
    forPixels(iris, size, (i, distance) => {
      if (labels[i] !== label.eyes || distance < ring[0] || distance > ring[1]) return;
      count += 1;
      for (let c = 0; c < 3; c++) sum[c]! += crop[c * area + i]!;
    });
  }
  if (count < leastPixels) return undefined;
  return [sum[0]! / count, sum[1]! / count, sum[2]! / count];
}

/**
 * Gives the irises of a crop another colour, in place: a factor a channel over the disc, fading at its rim, so that
 * pupil, fibres and catch light stay. Only pixels labelled as eye change.
 *
 * @param amount 0 = as they are, 1 = the wanted colour
 */
export function colorIrises(
  crop: Float32Array,
  labels: Uint8Array,
  points: Float32Array,
  wanted: IrisColor,
  amount: number,
): void {
  const now = irisColor(crop, labels, points);
  if (!now) return;
  const area = labels.length;
  const size = Math.round(Math.sqrt(area));
  const gain = wanted.map((value, c) => Math.min(2.8, Math.max(0.35, (value + 0.02) / (now[c]! + 0.02))));
  for (const iris of findIrises(points)) {
    forPixels(iris, size, (i, distance) => {
      if (labels[i] !== label.eyes) return;
      const inside = amount * Math.min(1, Math.max(0, (1.15 - distance) / 0.3));
      for (let c = 0; c < 3; c++) crop[c * area + i]! *= 1 + inside * (gain[c]! - 1);
    });
  }
}

/** Calls back for the pixels of an iris's disc and a little around, with their distance from the centre in radii. */
function forPixels(
  { x, y, radius }: Iris,
  size: number,
  visit: (index: number, distance: number) => void,
): void {
  if (radius < 1) return;
  const reach = radius * 1.2;
  const last = size - 1;
  for (let v = Math.max(0, Math.floor(y - reach)); v <= Math.min(last, Math.ceil(y + reach)); v++) {
    for (let u = Math.max(0, Math.floor(x - reach)); u <= Math.min(last, Math.ceil(x + reach)); u++) {
      const distance = Math.hypot(u + 0.5 - x, v + 0.5 - y) / radius;
      if (distance <= 1.2) visit(v * size + u, distance);
    }
  }
}
