import type { Transform } from '../../core/geometry.ts';
import type { Picture } from '../image/turn-picture.ts';
import { labelColors } from './label-colors.ts';

/** A label map and where it lies in a frame. */
export type PlacedLabels = {
  /** [S,S], labels 0…11. */
  readonly labels: Uint8Array;
  readonly cropSize: number;
  readonly cropFromFrame: Transform;
  readonly frameFromCrop: Transform;
};

/** How much of the picture shines through. */
const clear = 0.42;

/**
 * The picture with the label maps of its faces laid over it, each label in its colour, nearest label to a pixel's
 * centre. Background stays as it is. The picture given is not changed.
 */
export function overlayLabels(picture: Picture, faces: readonly PlacedLabels[]): Picture {
  const { width, height } = picture;
  const rgb = Uint8Array.from(picture.rgb);
  for (const { labels, cropSize, cropFromFrame: m, frameFromCrop } of faces) {
    const { x0, y0, x1, y1 } = boundsOf(frameFromCrop, cropSize, width, height);
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const [u, v] = [x + 0.5, y + 0.5];
        const w = m[6]! * u + m[7]! * v + m[8]!;
        const cx = Math.floor((m[0]! * u + m[1]! * v + m[2]!) / w);
        const cy = Math.floor((m[3]! * u + m[4]! * v + m[5]!) / w);
        if (cx < 0 || cy < 0 || cx >= cropSize || cy >= cropSize) continue;
        const l = labels[cy * cropSize + cx]!;
        if (l === 0) continue;
        const color = labelColors[l]!;
        const at = (y * width + x) * 3;
        for (let c = 0; c < 3; c++) rgb[at + c] = clear * rgb[at + c]! + (1 - clear) * color[c]! + 0.5;
      }
    }
  }
  return { width, height, rgb };
}

/** Pixels of a frame that a crop may cover; ends are exclusive. */
function boundsOf(
  m: Transform,
  size: number,
  width: number,
  height: number,
): { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number } {
  const corners = [0, size].flatMap((x) => [0, size].map((y) => [x, y] as const));
  const xs: number[] = [];
  const ys: number[] = [];
  for (const [x, y] of corners) {
    const w = m[6]! * x + m[7]! * y + m[8]!;
    xs.push((m[0]! * x + m[1]! * y + m[2]!) / w);
    ys.push((m[3]! * x + m[4]! * y + m[5]!) / w);
  }
  return {
    x0: Math.max(0, Math.floor(Math.min(...xs))),
    y0: Math.max(0, Math.floor(Math.min(...ys))),
    x1: Math.min(width, Math.ceil(Math.max(...xs))),
    y1: Math.min(height, Math.ceil(Math.max(...ys))),
  };
}
