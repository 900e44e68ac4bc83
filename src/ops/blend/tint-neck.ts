import type { BelowCrop } from '../../core/faces.ts';
import { isInnerLabel, label } from '../../core/regions.ts';
import { ease } from '../geometry/ease.ts';

/** The target's neck in and below an aligned crop, and how far it takes the new face's colour. */
export type Neck = {
  /** [S,S] 0…1: neck in the crop, from {@link takeNeck}. */
  readonly share: Float32Array;
  /** [B,S] 0…1: neck below it. */
  readonly shareBelow: Float32Array;
  /** First and last column in which a neck is this face's, from `neckColumns`. */
  readonly columns: readonly [number, number];
  /** The target's picture there. */
  readonly below: BelowCrop;
  /** 0…1. */
  readonly amount: number;
};

/** Probability of neck at which a pixel begins to be one, and at which it is one. */
const low = 0.25;
const high = 0.75;

/**
 * Takes the target's neck out of the mask of what is replaced, in place, and gives it: it keeps its own picture, with its
 * shadows and folds, and only changes its colour. Where the new face lies on it (a chin that is longer), it is none.
 *
 * Shapes: mask [S,S] 0…1, probabilities [12,S,S], labels [S,S] (those of the new face) -> [S,S] 0…1.
 */
export function takeNeck(
  mask: Float32Array,
  probabilities: Float32Array,
  labels: Uint8Array,
  size: number,
): Float32Array {
  const area = size * size;
  const at = label.belowface * area;
  const neck = new Float32Array(area);
  for (let i = 0; i < area; i++) {
    if (isInnerLabel[labels[i]!]) continue;
    neck[i] = certain(probabilities[at + i]!);
    mask[i]! *= 1 - neck[i]!;
  }
  return neck;
}

function certain(probability: number): number {
  return Math.min(1, Math.max(0, (probability - low) / (high - low)));
}

/** Share of the rows below the crop over which the colour goes back to the target's own: a bare neck has no end there. */
const fadeRows = 0.5;
/** Width of the same fade to the sides, as a share of the crop. */
const fadeSide = 0.06;

/**
 * How much of each pixel of the crop and of what is below is neck, faded out to the sides and downwards: outside,
 * nothing changes. Shapes: [S,S] and [B,S] -> [S+B,S].
 */
export function neckShare(
  { share, shareBelow, below: { rows }, columns, amount }: Neck,
  size: number,
): Float32Array {
  const [first, last] = [Math.max(0, columns[0]), Math.min(size, columns[1])];
  const out = new Float32Array((size + rows) * size);
  out.set(share);
  for (let i = 0; i < shareBelow.length; i++) out[share.length + i] = certain(shareBelow[i]!);
  for (let y = 0; y < size + rows; y++) {
    const down = ease((size + rows - y - 0.5) / (fadeRows * rows));
    for (let x = 0; x < size; x++) {
      const side = Math.min(x + 0.5 - first, last - x - 0.5);
      out[y * size + x]! *= amount * down * ease(side / (fadeSide * size));
    }
  }
  return out;
}

/**
 * How the new skin's colour is to the target's, by channel (gamma coded): of nose and cheeks, above where beards grow.
 * Undefined with hardly any skin in both.
 *
 * Shapes: generated and crop [3,S,S] RGB 0…1, labels [S,S] of the generated face, targetSkin [S,S] 0…1.
 */
export function skinRatio(
  generated: Float32Array,
  crop: Float32Array,
  labels: Uint8Array,
  targetSkin: Float32Array,
): readonly [number, number, number] | undefined {
  const area = labels.length;
  const last = labels.lastIndexOf(label.nose);
  const above = [0, 0, 0];
  const under = [0, 0, 0];
  let total = 0;
  for (let i = 0; i <= last; i++) {
    if (labels[i] !== label.skin && labels[i] !== label.nose) continue;
    const w = targetSkin[i]!;
    if (w === 0) continue;
    total += w;
    for (let c = 0; c < 3; c++) {
      above[c]! += w * generated[c * area + i]!;
      under[c]! += w * crop[c * area + i]!;
    }
  }
  if (total < 64) return undefined;
  const ratio = (c: number): number => Math.min(3, Math.max(1 / 3, (above[c]! + 1) / (under[c]! + 1)));
  return [ratio(0), ratio(1), ratio(2)];
}

/** Multiplies a picture by a colour where `share` says so, in place. Shapes: picture [3,…], share as one channel of it. */
export function tint(
  picture: Float32Array,
  share: Float32Array,
  ratio: readonly [number, number, number],
): void {
  const area = picture.length / 3;
  for (let c = 0; c < 3; c++) {
    const more = ratio[c]! - 1;
    for (let i = 0; i < area; i++) picture[c * area + i]! *= 1 + more * share[i]!;
  }
}
