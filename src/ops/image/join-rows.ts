import type { BelowCrop } from '../../core/faces.ts';

/** A crop of `area` pixels and what is below it as one picture. Shapes: [3,S,S], [3,B,S] -> [3,S+B,S]. */
export function joinRows(crop: Float32Array, area: number, below: BelowCrop): Float32Array {
  const more = below.crop.length / 3;
  const out = new Float32Array(3 * (area + more));
  for (let c = 0; c < 3; c++) {
    out.set(crop.subarray(c * area, (c + 1) * area), c * (area + more));
    out.set(below.crop.subarray(c * more, (c + 1) * more), c * (area + more) + area);
  }
  return out;
}
