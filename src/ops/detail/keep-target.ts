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
  const area = size * size;
  const mask = new Float32Array(area);
  let count = 0;
  for (let i = 0; i < area; i++) {
    if (!regions[labels[i]!]) continue;
    mask[i] = 1;
    count += 1;
  }
  if (count === 0) return;
  boxBlur(mask, size, size, Math.max(1, Math.round(size / 256)));
  let { crop } = input;
  if (iris) {
    crop = Float32Array.from(crop);
    colorIrises(crop, targetLabels, iris.points, iris.color, iris.amount);
  }
  const isSkipped = new Uint8Array(area);
  for (let i = 0; i < area; i++) if (mask[i] === 0) isSkipped[i] = 1;
  const moved = map ? warpImage(crop, expandGrid(map, size, isSkipped), size, isSkipped) : crop;
  for (let i = 0; i < area; i++) {
    const a = mask[i]!;
    if (a === 0) continue;
    for (let j = i; j < 3 * area; j += area) generated[j]! += a * (moved[j]! - generated[j]!);
  }
}
