import type { Quad } from '../../core/geometry.ts';
import { reduceLanczos } from './reduce-lanczos.ts';

/** A picture of interleaved 8-bit RGB. */
export type RgbImage = { readonly data: Uint8Array; readonly width: number; readonly height: number };

/**
 * Cuts an aligned crop as the published code does, to the level: reduced by a whole number first where the face is
 * large, bilinear, black outside, truncated to 8 bits. facet itself uses `warpPlanes`. Source: E4S b.1 (Pillow QUAD
 * transform); fixtures ffhq_crop, ffhq_crop_shrink.
 *
 * @param quad in the published convention: whole numbers are pixel centres
 * @param size side S of the crop
 */
export function cropQuadE4s(image: RgbImage, quad: Quad, size: number): RgbImage {
  // The published code measures the diagonal where it means the side (the fixture's factor is 5, not 4).
  const diagonal = Math.hypot(quad[6]! - quad[2]!, quad[7]! - quad[3]!);
  const shrink = Math.floor((diagonal / size) * 0.5);
  let from = image;
  let corners = quad;
  if (shrink > 1) {
    from = reduceLanczos(image, roundHalfEven(image.width / shrink), roundHalfEven(image.height / shrink));
    corners = quad.map((value) => value / shrink);
  }
  const { data, width, height } = from;
  const [x0, y0, x1, y1, x2, y2, x3, y3] = corners.map((value) => value + 0.5) as unknown as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  const out = new Uint8Array(size * size * 3);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const u = (column + 0.5) / size;
      const v = (row + 0.5) / size;
      const x = x0 + (x3 - x0) * u + (x1 - x0) * v + (x2 - x1 - x3 + x0) * u * v;
      const y = y0 + (y3 - y0) * u + (y1 - y0) * v + (y2 - y1 - y3 + y0) * u * v;
      if (!(x >= 0 && y >= 0 && x < width && y < height)) continue;
      const left = Math.floor(x - 0.5);
      const top = Math.floor(y - 0.5);
      const fx = x - 0.5 - left;
      const fy = y - 0.5 - top;
      const xa = Math.max(0, left);
      const xb = Math.min(width - 1, left + 1);
      const ya = Math.max(0, top) * width;
      const yb = Math.min(height - 1, top + 1) * width;
      for (let c = 0; c < 3; c++) {
        const upper = data[(ya + xa) * 3 + c]! * (1 - fx) + data[(ya + xb) * 3 + c]! * fx;
        const lower = data[(yb + xa) * 3 + c]! * (1 - fx) + data[(yb + xb) * 3 + c]! * fx;
        out[(row * size + column) * 3 + c] = Math.floor(upper + (lower - upper) * fy);
      }
    }
  }
  return { data: out, width: size, height: size };
}

/** Rounds as Python and NumPy do. */
function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
