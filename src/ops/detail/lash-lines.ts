import { label } from '../../core/regions.ts';
import { eyesOf, rimBox, rimDistance, rimWidth, type EyeRim } from './eye-rims.ts';
import { expandGrid, type GridMap } from '../drive/thin-plate.ts';
import { warpImage } from '../drive/warp-labels.ts';

export type LashLines = {
  /** Side S of the crops. */
  readonly size: number;
  /** [3,S,S] RGB 0…1, changed in place. */
  readonly generated: Float32Array;
  /** [3,S,S] RGB 0…1: the target's crop. */
  readonly crop: Float32Array;
  /** [S,S]: the label map of the generated picture, and the crop's own. */
  readonly labels: Uint8Array;
  readonly targetLabels: Uint8Array;
  /** [P,2], P >= 68: the target's landmarks in crop pixels. */
  readonly points: Float32Array;
  /** Where each place of the generated picture was in the crop; undefined = the same place. */
  readonly map: GridMap | undefined;
};

/** How far from the lids' rims lash lines are looked for, and how wide they are at most, in widths of the eye. */
const reach = 0.2;
const widest = 0.16;
/** What is less dark than this is no line. */
const faintest = 0.02;

/**
 * Draws the target's lash lines on the generated lids: where the crop has a dark line along the lids, the generated skin
 * becomes as much darker. Label maps know no lashes, and of a shut eye nothing at all: without its line a blink leaves
 * bare skin.
 *
 * What is a line: darker than the closing of the crop's brightness (the brightest, then the darkest around), of which
 * everything that is narrow and dark is gone. Eyes, glasses and hair have no say.
 */
export function lashLines(input: LashLines): void {
  const { size, generated, labels, points, map } = input;
  const area = size * size;
  const darker = new Float32Array(area);
  let isAny = false;
  for (const eye of eyesOf(points)) isAny = findLines(input, eye, darker) || isAny;
  if (!isAny) return;
  // Lids move with the shape, by a few pixels: elsewhere nothing is asked.
  const isSkipped = new Uint8Array(area).fill(1);
  for (const eye of eyesOf(points)) {
    const box = rimBox(eye, size, 2 * reach);
    for (let y = box.top; y < box.bottom; y++) {
      for (let i = y * size + box.left; i < y * size + box.right; i++) {
        if (labels[i] === label.skin) isSkipped[i] = 0;
      }
    }
  }
  const moved = map ? warpImage(darker, expandGrid(map, size, isSkipped), size, isSkipped) : darker;
  darken(generated, moved, isSkipped);
}

/** Makes a picture darker, in place. Shapes: [3,S,S], by and isSkipped [S,S]. */
function darken(picture: Float32Array, by: Float32Array, isSkipped: Uint8Array): void {
  const area = by.length;
  for (let i = 0; i < area; i++) {
    if (isSkipped[i] || by[i] === 0) continue;
    for (let j = i; j < 3 * area; j += area) picture[j]! *= 1 - by[i]!;
  }
}

/** Writes how much darker than their surroundings the lines along one eye's lids are, 0…1. False for an eye too small to have any. */
function findLines({ size, crop, targetLabels }: LashLines, eye: EyeRim, darker: Float32Array): boolean {
  const width = rimWidth(eye);
  if (!(width >= 6)) return false;
  const box = rimBox(eye, size, 2 * reach);
  const w = box.right - box.left;
  const h = box.bottom - box.top;
  const luma = skinLuma(crop, targetLabels, box.left, box.top, w, h, size);
  const radius = Math.max(1, Math.round((widest * width) / 2));
  const closed = around(around(luma, w, h, radius, 1), w, h, radius, -1);
  markLines(darker, luma, closed, eye, reach * width, box.left, box.top, w, size);
  return true;
}

// Loops in functions of their own, with arrays and numbers only: V8 compiles each once.

/** Brightness of the skin in a box of w x h of a crop [3,S,S]; NaN where is none. */
function skinLuma(
  crop: Float32Array,
  labels: Uint8Array,
  left: number,
  top: number,
  w: number,
  h: number,
  size: number,
): Float32Array {
  const area = size * size;
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const i = (top + y) * size + left + x;
      out[y * w + x] =
        labels[i] === label.skin
          ? 0.2126 * crop[i]! + 0.7152 * crop[area + i]! + 0.0722 * crop[2 * area + i]!
          : Number.NaN;
    }
  }
  return out;
}

/** How much darker than its closing the skin is in a box `w` wide, less towards `far` from the rim; the most counts. */
function markLines(
  darker: Float32Array,
  luma: Float32Array,
  closed: Float32Array,
  eye: EyeRim,
  far: number,
  left: number,
  top: number,
  w: number,
  size: number,
): void {
  for (let j = 0; j < luma.length; j++) {
    const skin = closed[j]!;
    if (!(luma[j]! >= 0) || !(skin > 0)) continue;
    const depth = 1 - luma[j]! / skin;
    if (depth < faintest) continue;
    const [x, y] = [left + (j % w), top + Math.floor(j / w)];
    const near = far - rimDistance(eye, x + 0.5, y + 0.5);
    const share = Math.min(1, Math.max(0, near / (0.5 * far)));
    darker[y * size + x] = Math.max(darker[y * size + x]!, share * depth);
  }
}

/** The largest (sign 1) or smallest (−1) value within a square of `radius`, along one axis and then the other; NaN has no say. */
function around(image: Float32Array, w: number, h: number, radius: number, sign: 1 | -1): Float32Array {
  const across = new Float32Array(w * h);
  const out = new Float32Array(w * h);
  pick(image, across, h, w, 1, w, radius, sign);
  pick(across, out, w, h, w, 1, radius, sign);
  return out;
}

/** One axis of {@link around}: `lines` lines of `length` values, `step` apart, that begin `line` apart. */
function pick(
  from: Float32Array,
  to: Float32Array,
  lines: number,
  length: number,
  step: number,
  line: number,
  radius: number,
  sign: 1 | -1,
): void {
  for (let l = 0; l < lines; l++) {
    for (let k = 0; k < length; k++) {
      let best = Number.NaN;
      for (let n = Math.max(0, k - radius); n <= Math.min(length - 1, k + radius); n++) {
        const value = from[l * line + n * step]!;
        if (value >= 0 && !(sign * best >= sign * value)) best = value;
      }
      to[l * line + k * step] = best;
    }
  }
}
