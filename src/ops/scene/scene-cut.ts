import type { FrameLayout } from '../../core/frame.ts';

/** Frames before a frame on which its scene-cut flag depends. */
export const sceneCutMemory = 2;

/** Cells of the grid that pictures are compared on. */
const columns = 32;
const rows = 18;

/**
 * Mean luma of a 32x18 grid of cells, on the scale of 8 bits. Reads every pixel of a 4x4 lattice of each cell.
 *
 * Shapes: plane [H,W] uint8 or uint16 → [18,32] float32. @param peak 255 or 1023
 */
export function lumaGrid(
  luma: Uint8Array | Uint16Array,
  { width, height }: { readonly width: number; readonly height: number },
  peak: number,
  out: Float32Array = new Float32Array(columns * rows),
): Float32Array {
  const scale = 255 / peak;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let j = 0; j < 4; j++) {
        const y = Math.floor(((row + (j + 0.5) / 4) * height) / rows);
        for (let i = 0; i < 4; i++) {
          const x = Math.floor(((column + (i + 0.5) / 4) * width) / columns);
          sum += luma[y * width + x]!;
        }
      }
      out[row * columns + column] = (sum / 16) * scale;
    }
  }
  return out;
}

/** How unlike two grids are: mean absolute difference (levels), and 1 minus their correlation (0…2). */
export function gridDistance(
  a: Float32Array,
  b: Float32Array,
): { readonly levels: number; readonly shape: number } {
  const n = a.length;
  let [levels, meanA, meanB] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    levels += Math.abs(a[i]! - b[i]!);
    meanA += a[i]!;
    meanB += b[i]!;
  }
  meanA /= n;
  meanB /= n;
  let [cross, varA, varB] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const da = a[i]! - meanA;
    const db = b[i]! - meanB;
    cross += da * db;
    varA += da * da;
    varB += db * db;
  }
  // A flat picture correlates with nothing: what is left is the difference in level. One level² a cell of noise.
  const shape = 1 - (cross + n) / Math.sqrt((varA + n) * (varB + n));
  return { levels: levels / n, shape };
}

/** A frame's luma plane as samples, and their largest value. */
export function lumaOf(
  data: Uint8Array<SharedArrayBuffer>,
  { planes: [plane], bytesPerSample, bitDepth }: FrameLayout,
): { readonly luma: Uint8Array | Uint16Array; readonly peak: number } {
  const count = plane.width * plane.height;
  return {
    luma:
      bytesPerSample === 1
        ? data.subarray(plane.offset, plane.offset + count)
        : new Uint16Array(data.buffer, data.byteOffset + plane.offset, count),
    peak: 2 ** bitDepth - 1,
  };
}

/** True when two pictures are so unlike that they show two scenes, unless something moves fast. */
export function isNewPicture({
  levels,
  shape,
}: {
  readonly levels: number;
  readonly shape: number;
}): boolean {
  return (shape > 0.35 && levels > 8) || levels > 45;
}

/**
 * A detector of scene cuts that sees frames one after the other. A cut: the picture differs much from the one
 * before in shape or in level, and much more than that one did from its own predecessor (so fast motion, where
 * all differ, is none). Depends on the two frames before and nothing else.
 */
export function sceneCutDetector(layout: FrameLayout): (data: Uint8Array<SharedArrayBuffer>) => boolean {
  const [plane] = layout.planes;
  let before: Float32Array | undefined;
  let spare: Float32Array | undefined;
  let lastLevels: number | undefined;
  return (data) => {
    const { luma, peak } = lumaOf(data, layout);
    const grid = lumaGrid(luma, plane, peak, spare);
    spare = before;
    let isCut = false;
    if (before) {
      const { levels, shape } = gridDistance(before, grid);
      isCut = isNewPicture({ levels, shape }) && levels > 2.5 * (lastLevels ?? 0);
      lastLevels = levels;
    }
    before = grid;
    return isCut;
  };
}
