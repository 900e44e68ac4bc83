import { thinPlate, type GridMap } from './thin-plate.ts';

/** Landmarks that must be seen in both, and how clearly each. */
const fewest = 16;
const clearly = 0.3;
/** Grid points per axis. */
const gridCount = 33;

/** Landmarks of a photo's aligned crop, in its pixels [P,2], and how well each is seen [P], 0…1. */
export type PhotoLandmarks = { readonly points: Float32Array; readonly visibility: Float32Array };

/**
 * Where each place of a generated crop lies in the photo's crop, by the landmarks that both show; the dense ones where
 * there are any.
 *
 * Shapes: driven [P,2] in pixels of the generated crop of side `size`, visibility [P] -> grid over that crop; undefined
 * when too few landmarks are seen in both.
 */
export function photoMap(
  photo: PhotoLandmarks,
  driven: Float32Array,
  visibility: Float32Array,
  size: number,
): GridMap | undefined {
  const at: number[] = [];
  const from: number[] = [];
  const count = Math.min(driven.length, photo.points.length) / 2;
  for (let p = count > 68 ? 68 : 0; p < count; p++) {
    if (visibility[p]! < clearly || photo.visibility[p]! < clearly) continue;
    at.push(driven[2 * p]!, driven[2 * p + 1]!);
    from.push(photo.points[2 * p]!, photo.points[2 * p + 1]!);
  }
  if (at.length < 2 * fewest) return undefined;
  return thinPlate(Float32Array.from(at), Float32Array.from(from), size, gridCount, 0.0005);
}
