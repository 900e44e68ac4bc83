import type { Box } from '../../core/geometry.ts';
import type { DisplayMatrix } from '../../core/media.ts';
import { quarterTurn, type Picture } from './turn-picture.ts';

type Size = { readonly width: number; readonly height: number };

/** How much wider than the faces a window on them is. */
const room = 1.9;

/**
 * A window on some faces: whole pixels, with room around them, moved into the picture where it would stick out.
 * Undefined without faces.
 */
export function faceWindow(boxes: readonly Box[], { width, height }: Size): Box | undefined {
  if (boxes.length === 0) return undefined;
  const left = Math.min(...boxes.map(({ x }) => x));
  const top = Math.min(...boxes.map(({ y }) => y));
  const right = Math.max(...boxes.map(({ x, w }) => x + w));
  const bottom = Math.max(...boxes.map(({ y, h }) => y + h));
  const side = Math.max(right - left, bottom - top) * room;
  const w = Math.max(2, Math.min(width, Math.round(Math.max(side, (right - left) * 1.2))));
  const h = Math.max(2, Math.min(height, Math.round(side)));
  const into = (start: number, size: number, most: number): number =>
    Math.max(0, Math.min(most - size, Math.round(start)));
  return {
    x: into((left + right) / 2 - w / 2, w, width),
    y: into((top + bottom) / 2 - h / 2, h, height),
    w,
    h,
  };
}

/** Where a box of a picture lies after the picture was turned. */
export function turnBox(box: Box, { width, height }: Size, matrix: DisplayMatrix | undefined): Box {
  const [a, b, c, d] = quarterTurn(matrix);
  const turned = a === 0 ? { width: height, height: width } : { width, height };
  const [cx, cy] = [box.x + box.w / 2 - width / 2, box.y + box.h / 2 - height / 2];
  const [w, h] = a === 0 ? [box.h, box.w] : [box.w, box.h];
  return {
    x: a * cx + c * cy + turned.width / 2 - w / 2,
    y: b * cx + d * cy + turned.height / 2 - h / 2,
    w,
    h,
  };
}

/** The part of a picture in a box of whole pixels inside it. */
export function cutPicture({ width, rgb }: Picture, { x, y, w, h }: Box): Picture {
  const out = new Uint8Array(w * h * 3);
  for (let row = 0; row < h; row++) {
    const from = ((y + row) * width + x) * 3;
    out.set(rgb.subarray(from, from + w * 3), row * w * 3);
  }
  return { width: w, height: h, rgb: out };
}
