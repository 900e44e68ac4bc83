import type { GridMap } from './thin-plate.ts';

/** How far a landmark vouches for what lies around it, as a share of the crop. */
const reach = 0.07;

/**
 * How many of the landmarks around each place are seen in two pictures, 0…1; both values of a grid point are the same.
 *
 * Shapes: points [P,2] in pixels of a crop of `size`, visibilities [P] -> grid over the crop.
 */
export function seenInBoth(
  points: Float32Array,
  inTarget: Float32Array,
  inSource: Float32Array,
  size: number,
): GridMap {
  const count = 17;
  const step = size / (count - 1);
  const values = new Float32Array(count * count * 2);
  const total = Math.min(points.length / 2, inTarget.length, inSource.length);
  const scale = -1 / (2 * (reach * size) ** 2);
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      let seen = 0;
      let all = 1e-6;
      for (let p = total > 68 ? 68 : 0; p < total; p++) {
        const dx = column * step - points[2 * p]!;
        const dy = row * step - points[2 * p + 1]!;
        const w = Math.exp((dx * dx + dy * dy) * scale);
        all += w;
        seen += w * Math.min(inTarget[p]!, inSource[p]!);
      }
      const i = 2 * (row * count + column);
      values[i] = values[i + 1] = seen / all;
    }
  }
  return { count, step, values };
}
