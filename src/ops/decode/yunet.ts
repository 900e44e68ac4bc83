import type { Tensor } from '../../core/tensor.ts';
import type { Detection } from '../../core/faces.ts';

/** Cells of the detector's three grids, in pixels of its picture. */
export const detectorStrides = [8, 16, 32] as const;

/** How a detector tells its scores: one number a cell, or class and objectness (their geometric mean is the score). */
export type DetectorScores = 'score' | 'class-objectness';

/**
 * Reads faces off the raw outputs of a detector of the YuNet family, in pixels of the network's picture, above a
 * score and without suppression of overlaps.
 *
 * Shapes, for S of 8, 16, 32 and N = (H/S)(W/S) row-major: `score_S` [1,N,1] (or `cls_S`, `obj_S`), `bbox_S` [1,N,4]
 * dx, dy, log w, log h in cells, `kps_S` [1,N,10] in cells from the cell's corner.
 * Source: shared/models/README.md (YuNet, opencv_zoo).
 */
export function decodeDetections(
  outputs: Readonly<Record<string, Tensor>>,
  { width, height }: { readonly width: number; readonly height: number },
  scores: DetectorScores,
  minScore: number,
): Detection[] {
  const found: Detection[] = [];
  for (const stride of detectorStrides) {
    const columns = Math.floor(width / stride);
    const count = columns * Math.floor(height / stride);
    const read = (name: string, parts: number): Float32Array => {
      const data = outputs[`${name}_${stride}`]?.data;
      if (!(data instanceof Float32Array) || data.length !== count * parts) {
        throw new RangeError(
          `${name}_${stride} has ${data?.length ?? 'no'} values, expected [1,N,${parts}] with N = ${count}`,
        );
      }
      return data;
    };
    const first = read(scores === 'score' ? 'score' : 'cls', 1);
    const second = scores === 'score' ? undefined : read('obj', 1);
    const boxes = read('bbox', 4);
    const points = read('kps', 10);
    for (let i = 0; i < count; i++) {
      const score = second ? Math.sqrt(clamp01(first[i]!) * clamp01(second[i]!)) : first[i]!;
      if (!(score >= minScore)) continue;
      const column = i % columns;
      const row = (i - column) / columns;
      const w = Math.exp(boxes[4 * i + 2]!) * stride;
      const h = Math.exp(boxes[4 * i + 3]!) * stride;
      const fivePoints = new Float32Array(10);
      for (let p = 0; p < 10; p += 2) {
        fivePoints[p] = (column + points[10 * i + p]!) * stride;
        fivePoints[p + 1] = (row + points[10 * i + p + 1]!) * stride;
      }
      const x = (column + boxes[4 * i]!) * stride - w / 2;
      const y = (row + boxes[4 * i + 1]!) * stride - h / 2;
      found.push({ box: { x, y, w, h }, score, fivePoints });
    }
  }
  return found;
}

function clamp01(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
