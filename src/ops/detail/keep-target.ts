import { boxBlur } from '../blend/blur.ts';
import { expandGrid, type GridMap } from '../drive/thin-plate.ts';
import { warpImage } from '../drive/warp-labels.ts';
import { colorIrises, type IrisColor } from './iris.ts';

export type KeepTarget = {
  /** Side S of the crops. */
  readonly size: number;
  /** [3,S,S] RGB 0…1, changed in place. */
  readonly generated: Float32Array;
  /** [3,S,S] RGB 0…1: the target's crop. */
  readonly crop: Float32Array;
  /** [S,S]: the label map of the generated picture, and the crop's own. */
  readonly labels: Uint8Array;
  readonly targetLabels: Uint8Array;
  /** 1 for every region that stays the target's, length 12. */
  readonly regions: Uint8Array;
  /** Where each place of the generated picture was in the crop; undefined = the same place. */
  readonly map: GridMap | undefined;
  /** Another colour for kept eyes, and the crop's [198,2] landmarks; undefined leaves them. */
  readonly iris:
    { readonly color: IrisColor; readonly amount: number; readonly points: Float32Array } | undefined;
};

/**
 * Puts the target's own pixels into the regions that stay its own, moved along with the driven shape, softly over
 * a pixel or two of their borders; the irises in the source's colour.
 */
export function keepTarget(input: KeepTarget): void {
  const { size, generated, labels, targetLabels, regions, map, iris } = input;
  const mask = new Float32Array(labels.length);
  if (!markRegions(mask, labels, regions)) return;
  boxBlur(mask, size, size, Math.max(1, Math.round(size / 256)));
  let { crop } = input;
  if (iris) {
    crop = crop.slice();
    colorIrises(crop, targetLabels, iris.points, iris.color, iris.amount);
  }
  const isSkipped = whereZero(mask);
  const moved = map ? warpImage(crop, expandGrid(map, size, isSkipped), size, isSkipped) : crop;
  mixUnder(generated, moved, mask);
}

/** Writes 1 where labels are of some regions; false where none is. */
function markRegions(mask: Float32Array, labels: Uint8Array, regions: Uint8Array): boolean {
  let isAny = false;
  for (let i = 0; i < labels.length; i++) {
    if (!regions[labels[i]!]) continue;
    mask[i] = 1;
    isAny = true;
  }
  return isAny;
}

function whereZero(mask: Float32Array): Uint8Array {
  const out = new Uint8Array(mask.length);
  for (let i = 0; i < out.length; i++) if (mask[i] === 0) out[i] = 1;
  return out;
}

/** Mixes a picture into another one where a mask says so, in place. Shapes: [3,S,S], mask [S,S] 0…1. */
function mixUnder(generated: Float32Array, moved: Float32Array, mask: Float32Array): void {
  const area = mask.length;
  for (let i = 0; i < area; i++) {
    const a = mask[i]!;
    if (a === 0) continue;
    for (let j = i; j < 3 * area; j += area) generated[j]! += a * (moved[j]! - generated[j]!);
  }
}
