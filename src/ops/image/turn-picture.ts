import type { DisplayMatrix } from '../../core/media.ts';

/** A still picture, 8-bit RGB interleaved, [H,W,3]. */
export type Picture = {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array | Uint8ClampedArray;
};

/**
 * Turns and mirrors a picture as a display matrix tells a player to. Quarter turns and mirrorings only, which
 * move pixels and change none; any other angle is taken for the nearest quarter.
 */
export function turnPicture(picture: Picture, matrix: DisplayMatrix | undefined): Picture {
  const [a, b, c, d] = quarterTurn(matrix);
  if (a === 1 && d === 1) return picture;
  const { width: w, height: h, rgb } = picture;
  const [width, height] = a === 0 ? [h, w] : [w, h];
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      // From the middle, so that no translation is needed; doubled, so that halves stay whole.
      const [u, v] = [2 * x + 1 - w, 2 * y + 1 - h];
      const to = ((b * u + d * v + height - 1) / 2) * width + (a * u + c * v + width - 1) / 2;
      const from = y * w + x;
      out[to * 3] = rgb[from * 3]!;
      out[to * 3 + 1] = rgb[from * 3 + 1]!;
      out[to * 3 + 2] = rgb[from * 3 + 2]!;
    }
  }
  return { width, height, rgb: out };
}

/** The matrix's turn as [a b; c d] of −1, 0 and 1: x' = a x + c y, y' = b x + d y. */
export function quarterTurn(matrix: DisplayMatrix | undefined): readonly [number, number, number, number] {
  const [a = 65536, b = 0, , c = 0, d = 65536] = matrix ?? [];
  const sign = (value: number): 1 | -1 => (value < 0 ? -1 : 1);
  return Math.abs(a) >= Math.abs(b) ? [sign(a), 0, 0, sign(d)] : [0, sign(b), sign(c), 0];
}

/** True when width and height change places. */
export function isOnItsSide(matrix: DisplayMatrix | undefined): boolean {
  return quarterTurn(matrix)[0] === 0;
}
