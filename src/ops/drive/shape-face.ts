import { isInnerLabel, label, labelSet } from '../../core/regions.ts';
import type { LabelPicture } from '../labels/label-picture.ts';
import { expandGrid, thinPlate, type GridMap } from './thin-plate.ts';
import { warpLabels } from './warp-labels.ts';

/** The label map that is generated into, and the pixels that no face explains. */
export type SwappedLabels = {
  /** [S,S]. */
  readonly labels: Uint8Array;
  /** [S,S], 1 where the target's inner face was and the driven one is not. */
  readonly holes: Uint8Array;
};

const isFixed = labelSet([label.background, label.hair, label.eye_glass, label.ear_rings]);

/** Grid points per axis: differences of faces are smooth over a twentieth of a crop. */
const gridCount = 25;

/**
 * Where each place of a crop with driven landmarks comes from in the crop with the old ones; the crop's border
 * stays. Landmarks that cannot be seen are left out, so that a hidden cheek does not fold over the visible one.
 *
 * Shapes: driven, points [P,2] in crop pixels, visibility [P] -> grid over the crop.
 */
export function drivenMap(
  driven: Float32Array,
  points: Float32Array,
  visibility: Float32Array,
  size: number,
): GridMap {
  const at: number[] = [];
  const from: number[] = [];
  const count = points.length / 2;
  for (let p = firstMapPoint(count); p < count; p++) {
    if (visibility[p]! < 0.3) continue;
    at.push(driven[p * 2]!, driven[p * 2 + 1]!);
    from.push(points[p * 2]!, points[p * 2 + 1]!);
  }
  for (let k = 0; k < 4; k++) {
    const t = (k / 4) * size;
    const border = [t, 0, size, t, size - t, size, 0, size - t];
    at.push(...border);
    from.push(...border);
  }
  return thinPlate(Float32Array.from(at), Float32Array.from(from), size, gridCount, 0.002);
}

/** The dense landmarks are enough where they exist: the 68 lie among them, and twins make a stiff system. */
function firstMapPoint(count: number): number {
  return count > 68 ? 68 : 0;
}

/**
 * Makes the label map to generate into: the target's own map, its inner face moved to the driven landmarks.
 *
 * The target's background (with what lies in front), hair, ear-rings and glasses stay where they are; the driven
 * inner face covers neck and ears; what was inner face and is no longer becomes a hole, filled with skin. As E4S
 * b.5, except that hair stays in front (a fringe is kept), and that next to an occluder the target's own label
 * goes on, where the published rule fills with skin.
 *
 * @param picture [12,S,S] and [S,S]: what the target shows
 * @param labels [S,S]: the same, or with what the face may cover as `belowface`
 */
export function shapeFace(
  picture: LabelPicture,
  labels: Uint8Array,
  map: GridMap,
  size: number,
): SwappedLabels {
  const isKept = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) isKept[i] = isFixed[labels[i]!]!;
  const driven = warpLabels(picture, expandGrid(map, size, isKept), size, undefined, isKept);
  const out = Uint8Array.from(labels);
  const holes = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    if (isKept[i]) continue;
    const target = labels[i]!;
    const face = driven[i]!;
    if (isInnerLabel[face]) out[i] = face;
    else if (isInnerLabel[target] && (face === label.belowface || face === label.ears)) {
      out[i] = label.skin;
      holes[i] = 1;
    }
  }
  return { labels: out, holes };
}
