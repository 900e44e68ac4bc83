import type { Transform } from '../../core/geometry.ts';
import type { RgbImage } from '../image/crop-quad-e4s.ts';

/**
 * Pastes a whole crop back as the published code does: every frame pixel whose centre lies in the square is replaced
 * by a bilinear reading, truncated, with a hard edge. facet itself uses `pasteFace`, which touches only what has
 * changed. Source: E4S b.9 (Pillow PERSPECTIVE transform and alpha composite); fixture paste_back.
 *
 * @param crop square, opaque
 * @param cropFromFrame as `cropSpace` gives it for the quad in pixel edges
 */
export function pasteSquareE4s(frame: RgbImage, crop: RgbImage, cropFromFrame: Transform): RgbImage {
  const { width, height } = frame;
  const size = crop.width;
  const m = cropFromFrame;
  const data = Uint8Array.from(frame.data);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [fx, fy] = [column + 0.5, row + 0.5];
      const w = m[6]! * fx + m[7]! * fy + m[8]!;
      const x = (m[0]! * fx + m[1]! * fy + m[2]!) / w;
      const y = (m[3]! * fx + m[4]! * fy + m[5]!) / w;
      if (!(x >= 0 && y >= 0 && x < size && y < size)) continue;
      const left = Math.floor(x - 0.5);
      const top = Math.floor(y - 0.5);
      const [dx, dy] = [x - 0.5 - left, y - 0.5 - top];
      const xa = Math.max(0, left);
      const xb = Math.min(size - 1, left + 1);
      const ya = Math.max(0, top) * size;
      const yb = Math.min(size - 1, top + 1) * size;
      for (let c = 0; c < 3; c++) {
        const read = (at: number): number => crop.data[at * 3 + c]!;
        const upper = read(ya + xa) * (1 - dx) + read(ya + xb) * dx;
        const lower = read(yb + xa) * (1 - dx) + read(yb + xb) * dx;
        data[(row * width + column) * 3 + c] = Math.floor(upper + (lower - upper) * dy);
      }
    }
  }
  return { data, width, height };
}
