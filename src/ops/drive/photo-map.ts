import { seenInBoth } from './seen-in-both.ts';
import { thinPlate, type GridMap } from './thin-plate.ts';

/** Landmarks that must be seen in both, and how clearly each. */
const fewest = 16;
const clearly = 0.3;
/** Grid points per axis. */
const gridCount = 33;

/** Landmarks of a photo's aligned crop, in its pixels [P,2], and how well each is seen [P], 0…1. */
export type PhotoLandmarks = { readonly points: Float32Array; readonly visibility: Float32Array };

/** A photo as seen from a generated crop. */
export type PhotoView = {
  /** Where each place of the crop lies in the photo's. */
  readonly map: GridMap;
  /** How many of the landmarks around each place are seen in both, 0…1 ({@link seenInBoth}). */
  readonly trust: GridMap;
};

/** {@link photoMap} and {@link seenInBoth} of a photo; undefined when too few landmarks are seen in both. */
export function photoView(
  photo: PhotoLandmarks,
  driven: Float32Array,
  visibility: Float32Array,
  size: number,
): PhotoView | undefined {
  const map = photoMap(photo, driven, visibility, size);
  return map && { map, trust: seenInBoth(driven, visibility, photo.visibility, size) };
}

/** Whether two photos are one: {@link photoView} gives the same for both. */
export function isSamePhoto(a: PhotoLandmarks, b: PhotoLandmarks): boolean {
  return isEqual(a.points, b.points) && isEqual(a.visibility, b.visibility);
}

function isEqual(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/**
 * Where each place of a generated crop lies in the photo's crop, by the landmarks that both show; the dense ones where
 * there are any.
 *
 * Shapes: driven [P,2] in pixels of the generated crop of side `size`, visibility [P] -> grid over that crop; undefined
 * when too few landmarks are seen in both.
 */
function photoMap(
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
