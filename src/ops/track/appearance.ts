import type { Appearance } from '../../core/faces.ts';
import type { ImageFeed } from '../../core/profile.ts';

/** Mean difference of colours at which two are as likely one as two (samples: same person 0.04, others 0.13 in the middle). */
const colourBorder = 0.075;

/**
 * How unlike two faces look: 0 = the same, 1 = as likely one person as two. Undefined when they cannot be compared.
 */
export function appearanceDistance(a: Appearance | undefined, b: Appearance | undefined): number | undefined {
  if (!a || a.kind !== b?.kind || a.vector.length !== b.vector.length) return undefined;
  let sum = 0;
  if (a.kind === 'embedding') {
    let [aa, bb] = [0, 0];
    for (let i = 0; i < a.vector.length; i++) {
      sum += a.vector[i]! * b.vector[i]!;
      aa += a.vector[i]! ** 2;
      bb += b.vector[i]! ** 2;
    }
    return Math.max(0, 1 - sum / Math.sqrt(aa * bb + 1e-12)) / a.border;
  }
  for (let i = 0; i < a.vector.length; i++) sum += Math.abs(a.vector[i]! - b.vector[i]!);
  return sum / a.vector.length / a.border;
}

/** Takes one more sight into a mean of `count` ones. The mean follows slow changes: at most 60 sights count. */
export function meanAppearance(mean: Appearance | undefined, next: Appearance, count: number): Appearance {
  if (mean?.kind !== next.kind) return next;
  const share = 1 / (Math.min(count, 60) + 1);
  const vector = mean.vector.map((value, i) => value + share * (next.vector[i]! - value));
  return { ...mean, vector };
}

/** Mean of some looks, each of which stands for a number of sights; undefined of none. Those of another kind than the first are left out. */
export function meanAppearances(
  given: readonly { readonly looks: Appearance; readonly count: number }[],
): Appearance | undefined {
  const first = given[0]?.looks;
  if (!first) return undefined;
  const vector = new Float32Array(first.vector.length);
  let total = 0;
  for (const { looks, count } of given) {
    if (looks.kind !== first.kind || looks.vector.length !== vector.length) continue;
    total += count;
    const share = count / total;
    for (let i = 0; i < vector.length; i++) vector[i]! += share * (looks.vector[i]! - vector[i]!);
  }
  return { ...first, vector };
}

/** Where colours are read, as places between landmarks: middle between some, and a step along the face's axes. */
const spots: readonly {
  readonly from: readonly number[];
  /** Steps in units of the distance from eyes to mouth: to the image's right, down. */
  readonly step: readonly [number, number];
}[] = [
  { from: [27], step: [0, -0.75] }, // forehead
  { from: [27], step: [0, -1.25] }, // hair above it
  { from: [27], step: [0, -1.6] },
  { from: [2, 31], step: [0, 0] }, // cheeks
  { from: [14, 35], step: [0, 0] },
  { from: [30], step: [0, 0] }, // tip of the nose
  { from: [51, 57], step: [0, 0] }, // mouth
  { from: [8, 57], step: [0, 0] }, // chin
  { from: [19], step: [0, 0] }, // brows
  { from: [24], step: [0, 0] },
  { from: [37, 40], step: [0, 0] }, // eyes
  { from: [43, 46], step: [0, 0] },
  { from: [0], step: [-0.35, -0.3] }, // hair or ears beside
  { from: [16], step: [0.35, -0.3] },
];

/** Forehead, cheeks, nose and chin. */
const skinSpots = [0, 3, 4, 5, 7];

/**
 * Reads the colours of a face's parts: brows, eyes, lips, skin and what is around it. A makeshift for networks
 * without an embedding: good over seconds, not over changes of light.
 *
 * Shapes: crop [3,S,S] or [S,S,3] as `feed` says, points [P,2] in crop pixels, P >= 68 -> [3 x 14].
 */
export function faceColours(
  crop: Float32Array,
  size: number,
  { layout, channels, mean, std }: Pick<ImageFeed, 'layout' | 'channels' | 'mean' | 'std'>,
  points: Float32Array,
): Appearance {
  const at = (p: number, k: number): number => points[2 * p + k]!;
  const downX = (at(48, 0) + at(54, 0) - at(36, 0) - at(45, 0)) / 2;
  const downY = (at(48, 1) + at(54, 1) - at(36, 1) - at(45, 1)) / 2;
  const reach = Math.max(1, Math.round(Math.hypot(downX, downY) * 0.06));
  const [toPixel, toChannel] = layout === 'NCHW' ? [1, size * size] : [3, 1];
  const vector = new Float32Array(3 * spots.length);
  spots.forEach(({ from, step }, s) => {
    let [x, y] = [0, 0];
    for (const p of from) {
      x += at(p, 0) / from.length;
      y += at(p, 1) / from.length;
    }
    // To the right is (downY, -downX).
    const cx = Math.floor(x + step[0] * downY + step[1] * downX);
    const cy = Math.floor(y - step[0] * downX + step[1] * downY);
    for (let c = 0; c < 3; c++) {
      const place = channels === 'RGB' ? c : 2 - c;
      let sum = 0;
      for (let j = -2; j <= 2; j++) {
        const row = clamp(cy + Math.round((j * reach) / 2), size);
        for (let i = -2; i <= 2; i++) {
          const column = clamp(cx + Math.round((i * reach) / 2), size);
          sum += crop[(row * size + column) * toPixel + place * toChannel]!;
        }
      }
      vector[3 * s + c] = (sum / 25) * std[place]! + mean[place]!;
    }
  });
  // Relative to the skin's brightness: a face that walks into the shade stays itself.
  let bright = 0;
  for (const s of skinSpots) bright += vector[3 * s]! + vector[3 * s + 1]! + vector[3 * s + 2]!;
  const gain = (1.5 * skinSpots.length) / Math.max(bright, 0.05 * skinSpots.length);
  for (let i = 0; i < vector.length; i++) vector[i] = Math.min(1.5, vector[i]! * gain);
  return { kind: 'colours', vector, border: colourBorder };
}

function clamp(index: number, size: number): number {
  return index < 0 ? 0 : index >= size ? size - 1 : index;
}
