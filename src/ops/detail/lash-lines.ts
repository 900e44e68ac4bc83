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
  for (let i = 0; i < area; i++) {
    if (isSkipped[i] || moved[i] === 0) continue;
    for (let j = i; j < 3 * area; j += area) generated[j]! *= 1 - moved[i]!;
  }
}

/** Writes how much darker than their surroundings the lines along one eye's lids are, 0…1. False for an eye too small to have any. */
function findLines({ size, crop, targetLabels }: LashLines, eye: EyeRim, darker: Float32Array): boolean {
  const width = rimWidth(eye);
  if (!(width >= 6)) return false;
  const box = rimBox(eye, size, 2 * reach);
  const w = box.right - box.left;
  const h = box.bottom - box.top;
  const area = size * size;
  const luma = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const i = (box.top + y) * size + box.left + x;
      const isSkin = targetLabels[i] === label.skin;
      luma[y * w + x] = isSkin
        ? 0.2126 * crop[i]! + 0.7152 * crop[area + i]! + 0.0722 * crop[2 * area + i]!
        : Number.NaN;
    }
  }
  const radius = Math.max(1, Math.round((widest * width) / 2));
  const closed = around(around(luma, w, h, radius, Math.max), w, h, radius, Math.min);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const j = y * w + x;
      const skin = closed[j]!;
      if (!(luma[j]! >= 0) || !(skin > 0)) continue;
      const depth = 1 - luma[j]! / skin;
      if (depth < faintest) continue;
      const near = reach * width - rimDistance(eye, box.left + x + 0.5, box.top + y + 0.5);
      const share = Math.min(1, Math.max(0, near / (0.5 * reach * width)));
      const i = (box.top + y) * size + box.left + x;
      darker[i] = Math.max(darker[i]!, share * depth);
    }
  }
  return true;
}

/** The largest or smallest value within a square of `radius`, along one axis and then the other; NaN has no say. */
function around(
  image: Float32Array,
  w: number,
  h: number,
  radius: number,
  choose: (a: number, b: number) => number,
): Float32Array {
  const across = new Float32Array(w * h);
  const out = new Float32Array(w * h);
  const pick = (
    from: Float32Array,
    to: Float32Array,
    lines: number,
    length: number,
    step: number,
    line: number,
  ) => {
    for (let l = 0; l < lines; l++) {
      for (let k = 0; k < length; k++) {
        let best = Number.NaN;
        for (let n = Math.max(0, k - radius); n <= Math.min(length - 1, k + radius); n++) {
          const value = from[l * line + n * step]!;
          if (value >= 0) best = best >= 0 ? choose(best, value) : value;
        }
        to[l * line + k * step] = best;
      }
    }
  };
  pick(image, across, h, w, 1, w);
  pick(across, out, w, h, w, 1);
  return out;
}
