import { label, regionCount } from '../../core/regions.ts';
import { resizeSquare } from '../image/resize-square.ts';
import { keepMainFace, removeIslands } from './clean-labels.ts';
import { enlargeProbabilities } from './enlarge-probabilities.ts';
import type { LabelPicture } from './label-picture.ts';
import { calmShare, steadyNeck, type NeckMemory } from './steady-neck.ts';

/**
 * What is remembered of a face's last frame; shared memory, so that handing it round costs nothing. Its side M is the
 * parser's where the crop's is a multiple of that, else the crop's.
 */
export type LabelMemory = {
  /** [12,M,M]. */
  readonly probabilities: Float32Array;
  /** [M/2,M/2] luma of the crop. */
  readonly luma: Float32Array;
  /** [12,M,M]: a second memory, begun later, that will take the first one's place; undefined while there is one only. */
  readonly young: Float32Array | undefined;
  /** What is known of the neck below the crop, where the parser reads so far. */
  readonly neckBelow: NeckMemory | undefined;
};

export type SteadyLabelsInput = {
  readonly size: number;
  /** [12,N,N]: what the parser says of this frame; [12,N+B·N/S,N] with what is below the crop. */
  readonly fresh: Float32Array;
  readonly netSize: number;
  /** Rows B below the crop, in its pixels; none when left out. */
  readonly rowsBelow?: number;
  /** [3,S,S] RGB 0…1. */
  readonly crop: Float32Array;
  readonly before: LabelMemory | undefined;
  /** How much of the last frame stays where the picture has not changed, 0…0.9. */
  readonly keep: number;
  /** True where the younger memory takes the place of the older one, and another one begins. */
  readonly isTurn?: boolean;
};

/** Labels and probabilities lie in shared memory. */
export type SteadyLabelsOutput = LabelPicture & {
  readonly memory: LabelMemory;
};

/** A change of luma that halves what stays of the last frame. */
const halfChange = 0.03;
/**
 * Makes a face's label map from what the parser says now and what was known before. The crop follows the face, so
 * the face's own motion is taken out already; where the picture in the crop has not changed, what it shows has not
 * either, and the last frame keeps a say; where something moves (a hand, a blink), and where the parser says clearly
 * that something has come in front or gone, its word counts alone.
 * Then small islands and others' faces are removed.
 *
 * A memory that only fades is never quite gone. So there are two: at every turn the one that was begun at the turn before,
 * and has settled since, goes on alone, and nothing of what was before that has a say any more.
 *
 * A crop that is larger than what the parser reads has no more in it of labels than that: they are steadied as small
 * as they are read and enlarged at the end.
 *
 * Owns: `before.young` is written and handed on; the rest of `before` is only read.
 */
export function steadyLabels(input: SteadyLabelsInput): SteadyLabelsOutput {
  const { size, fresh, netSize, rowsBelow = 0, crop, before, keep, isTurn = false } = input;
  if (size % 2 !== 0) throw new RangeError(`the crop's side is ${size}, expected an even number`);
  const side = netSize % 2 === 0 && size % netSize === 0 ? netSize : size;
  const read =
    netSize === side
      ? fresh
      : resizeSquare(fresh, netSize, size, undefined, Math.round(((size + rowsBelow) * netSize) / size));
  const now = rowsBelow > 0 ? cutRows(read, side, read.length / regionCount / side, 0, side) : read;
  const luma = smallLuma(crop, size, side / 2);
  const { labels, probabilities, young } = mixMemories(now, luma, side, before, { keep, isTurn });
  removeIslands(labels, probabilities, side);
  keepMainFace(labels, probabilities, side);
  const neckBelow =
    rowsBelow > 0
      ? steadyNeck(
          {
            neck: neckRows(read, label.belowface, side, input),
            background: neckRows(read, label.background, side, input),
          },
          before?.neckBelow,
          { keep, isTurn },
        )
      : undefined;
  const memory = { probabilities, luma, young, neckBelow };
  if (side === size) return { labels, probabilities, memory };
  const enlarged = enlargeProbabilities(probabilities, side, size / side);
  // Between two regions a third may come out that is nowhere the likeliest in the small.
  removeIslands(enlarged.labels, enlarged.probabilities, size);
  return { ...enlarged, memory };
}

/** What is read now, and what stays of either memory: the older one's probabilities with their likeliest labels, and the younger one. */
function mixMemories(
  now: Float32Array,
  luma: Float32Array,
  side: number,
  before: LabelMemory | undefined,
  { keep, isTurn }: { readonly keep: number; readonly isTurn: boolean },
): LabelPicture & { readonly young: Float32Array | undefined } {
  const area = side * side;
  const probabilities = new Float32Array(new SharedArrayBuffer(regionCount * area * 4));
  const labels = new Uint8Array(new SharedArrayBuffer(area));
  const half = side / 2;
  const stay = before && keep > 0 ? stillness(luma, before.luma, half, keep) : undefined;
  const base = (isTurn && before?.young) || before?.probabilities;
  const young =
    keep > 0
      ? (before?.young ??
        (isTurn ? new Float32Array(new SharedArrayBuffer(regionCount * area * 4)) : undefined))
      : undefined;
  const share = new Float32Array(side);
  const youngShare = new Float32Array(side);
  const best = new Float32Array(side);
  // Row by row, so that all regions of a row are near at hand when their likeliest is taken.
  for (let y = 0; y < side; y++) {
    const row = y * side;
    if (stay) {
      // Each memory is asked on its own: what the older one holds must not matter to the younger.
      const still = stay.subarray((y >> 1) * half);
      const at = label.background * area + row;
      if (base) shareRow(share, now, base, still, at);
      if (young && !isTurn) shareRow(youngShare, now, young, still, at);
    }
    best.fill(-1);
    for (let r = 0; r < regionCount; r++) {
      const at = r * area + row;
      if (base && stay && young && !isTurn) {
        mixBoth(probabilities, young, labels, best, now, base, share, youngShare, at, row, r);
        continue;
      }
      if (base && stay) mixRow(probabilities, now, base, share, at);
      else probabilities.set(now.subarray(at, at + side), at);
      if (young && (isTurn || !stay)) young.set(now.subarray(at, at + side), at);
      else if (young) mixRow(young, now, young, youngShare, at);
      findBest(probabilities, labels, best, at, row, r);
    }
  }
  return { probabilities, labels, young };
}

/** What is read of one region below the crop, in the crop's own pixels: [12,M+…,M] -> [B,S]. */
function neckRows(
  read: Float32Array,
  region: number,
  side: number,
  { size, rowsBelow = 0 }: Pick<SteadyLabelsInput, 'size' | 'rowsBelow'>,
): Float32Array {
  const rows = read.length / regionCount / side;
  const one = read.subarray(region * rows * side, (region + 1) * rows * side);
  const whole = side === size ? one : resizeSquare(one, side, size, undefined, rows);
  // Rounded to whole rows on both ways, it may have one more.
  return cutRows(whole, size, whole.length / size, size, rowsBelow);
}

/** Some rows of pictures [C,H,S]. */
function cutRows(
  pictures: Float32Array,
  width: number,
  height: number,
  first: number,
  rows: number,
): Float32Array {
  const count = pictures.length / (width * height);
  const out = new Float32Array(count * rows * width);
  for (let c = 0; c < count; c++) {
    const from = (c * height + first) * width;
    out.set(pictures.subarray(from, from + rows * width), c * rows * width);
  }
  return out;
}

/** How much of one row of a memory stays: less where its background and the parser's are far apart. */
function shareRow(
  out: Float32Array,
  now: Float32Array,
  before: Float32Array,
  still: Float32Array,
  at: number,
): void {
  for (let x = 0; x < out.length; x++) {
    out[x] = calmShare(now[at + x]!, before[at + x]!) * still[x >> 1]!;
  }
}

/** One row of one region: now, and what stays of before. */
function mixRow(
  out: Float32Array,
  now: Float32Array,
  before: Float32Array,
  share: Float32Array,
  at: number,
): void {
  for (let x = 0; x < share.length; x++) {
    const p = now[at + x]!;
    out[at + x] = p + share[x]! * (before[at + x]! - p);
  }
}

/** Where a row of one region is the likeliest so far. */
function findBest(
  probabilities: Float32Array,
  labels: Uint8Array,
  best: Float32Array,
  at: number,
  row: number,
  region: number,
): void {
  for (let x = 0; x < best.length; x++) {
    const p = probabilities[at + x]!;
    if (p > best[x]!) {
      best[x] = p;
      labels[row + x] = region;
    }
  }
}

/** One row of one region in both memories, and where it is the likeliest so far: all that a frame in between needs. */
function mixBoth(
  probabilities: Float32Array,
  young: Float32Array,
  labels: Uint8Array,
  best: Float32Array,
  now: Float32Array,
  before: Float32Array,
  share: Float32Array,
  youngShare: Float32Array,
  at: number,
  row: number,
  region: number,
): void {
  for (let x = 0; x < share.length; x++) {
    const p = now[at + x]!;
    const q = Math.fround(p + share[x]! * (before[at + x]! - p));
    probabilities[at + x] = q;
    young[at + x] = p + youngShare[x]! * (young[at + x]! - p);
    if (q > best[x]!) {
      best[x] = q;
      labels[row + x] = region;
    }
  }
}

/** Luma, made smaller by the mean of squares. Shapes: [3,S,S] -> [T,T], S a multiple of T. */
function smallLuma(crop: Float32Array, size: number, side: number): Float32Array {
  const area = size * size;
  const unit = size / side;
  const out = new Float32Array(new SharedArrayBuffer(side * side * 4));
  const weights = [0.299, 0.587, 0.114].map((weight) => weight / unit ** 2);
  for (let c = 0; c < 3; c++) {
    const weight = weights[c]!;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        let sum = 0;
        for (let k = 0, i = c * area + (y * size + x) * unit; k < unit; k++, i += size) {
          for (let j = i; j < i + unit; j++) sum += crop[j]!;
        }
        out[y * side + x]! += weight * sum;
      }
    }
  }
  return out;
}

/** How much of the last frame stays: `keep` where the picture is the same, less where its 3x3 means have changed. */
function stillness(now: Float32Array, before: Float32Array, size: number, keep: number): Float32Array {
  const difference = new Float32Array(now.length);
  for (let i = 0; i < now.length; i++) difference[i] = now[i]! - before[i]!;
  const out = new Float32Array(now.length);
  const gain = 1 / (9 * halfChange);
  for (let y = 0; y < size; y++) {
    const above = (y > 0 ? y - 1 : y) * size;
    const here = y * size;
    const below = (y < size - 1 ? y + 1 : y) * size;
    for (let x = 0; x < size; x++) {
      const l = x > 0 ? x - 1 : x;
      const r = x < size - 1 ? x + 1 : x;
      const sum =
        difference[above + l]! +
        difference[above + x]! +
        difference[above + r]! +
        difference[here + l]! +
        difference[here + x]! +
        difference[here + r]! +
        difference[below + l]! +
        difference[below + x]! +
        difference[below + r]!;
      const change = sum * gain;
      out[here + x] = keep / (1 + change * change);
    }
  }
  return out;
}
