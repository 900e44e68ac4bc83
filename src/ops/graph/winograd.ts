import { nchw } from './convolutions.ts';
import type { GraphBuilder, Value } from './graph.ts';
import { concat, gather, matmul, pad, reshape, slice, transpose } from './nodes.ts';

/** Transforms of Winograd's F(2x2, 3x3): kernel, input, output (Lavin and Gray, arXiv 1509.09308). */
const kernelRows = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];
const inputRows = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
const outputRows = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];

/**
 * 3x3 convolution, stride 1, zeros around, with 16 products per 2x2 outputs instead of 36: worth it where channels
 * are many and the picture small, since the transforms cost memory traffic. Sizes are even.
 *
 * Shapes: x [1,C,H,W], weight [9,C,O] (tap, inner, outer) -> [1,O,H,W]. The kernel is transformed here and stored
 * as sixteen matrices: folding it when the session is made would keep several copies in memory.
 */
export function convWinograd(g: GraphBuilder, x: Value, weight: Float32Array, outer: number): Value {
  const [, c, h, w] = nchw(x);
  const tiles = (h / 2) * (w / 2);
  const rows = reshape(g, pad(g, transpose(g, reshape(g, x, [c, h, w]), [1, 2, 0]), [1, 1, 0], [1, 1, 0]), [
    (h + 2) * (w + 2),
    c,
  ]);
  const patches = reshape(g, gather(g, rows, patchRows(g, h, w), 0), [16, tiles * c]);
  const input = reshape(g, matmul(g, outerSquare(g, 'input_transform', inputRows), patches), [16, tiles, c]);
  // One product a time: onnxruntime packs a constant matrix once, but not a stack of them.
  const products = transformKernel(weight, c * outer).map((kernel, i) => {
    const part = reshape(g, slice(g, input, [{ axis: 0, start: i, end: i + 1 }]), [tiles, c]);
    const y = matmul(g, part, g.floats(`kernel_${i}`, kernel, [c, outer]));
    return reshape(g, y, [1, tiles * outer]);
  });
  const product = concat(g, products, 0);
  const result = matmul(g, outerSquare(g, 'output_transform', outputRows), product);
  // In two steps: whole rows of channels first, then a plain matrix, for which there is a fast path.
  const pixels = transpose(g, reshape(g, result, [2, 2, h / 2, w / 2, outer]), [2, 0, 3, 1, 4]);
  return reshape(g, transpose(g, reshape(g, pixels, [h * w, outer]), [1, 0]), [1, outer, h, w]);
}

/**
 * True where the transforms cost less than they save. Measured in processor time (onnxruntime 1.30, AVX2): 512
 * channels at 32 px 40 ms for 59; at 64 px 218 for 233; 256 at 64 px 57 for 60; 256 at 128 px 407 for 242.
 */
export function isWinogradWorth(inner: number, outer: number, size: number): boolean {
  return Math.min(inner, outer) >= 512 && size <= 32 && size % 2 === 0;
}

/** The kernel's transform: sixteen [C,O] of nine. */
function transformKernel(weight: Float32Array, size: number): Float32Array[] {
  return Array.from({ length: 16 }, (_, i) => {
    const result = new Float32Array(size);
    for (let tap = 0; tap < 9; tap++) {
      const factor = kernelRows[i >> 2]![Math.floor(tap / 3)]! * kernelRows[i & 3]![tap % 3]!;
      if (factor === 0) continue;
      for (let k = 0; k < size; k++) result[k]! += factor * weight[tap * size + k]!;
    }
    return result;
  });
}

/** Rows of the padded picture: 4x4 patch position by 2x2 tile, [16·tiles]. */
function patchRows(g: GraphBuilder, h: number, w: number): Value {
  const rows: number[] = [];
  for (let i = 0; i < 16; i++) {
    for (let y = 0; y < h; y += 2) {
      for (let x = 0; x < w; x += 2) rows.push((y + (i >> 2)) * (w + 2) + x + (i & 3));
    }
  }
  return g.integers(rows);
}

/** The matrix on both axes: [m·m, n·n]. */
function outerSquare(g: GraphBuilder, name: string, rows: readonly (readonly number[])[]): Value {
  const [m, n] = [rows.length, rows[0]!.length];
  const matrix = new Float32Array(m * m * n * n);
  for (let i = 0; i < m * m; i++) {
    for (let j = 0; j < n * n; j++) {
      matrix[i * n * n + j] = rows[Math.floor(i / m)]![Math.floor(j / n)]! * rows[i % m]![j % n]!;
    }
  }
  return g.floats(name, matrix, [m * m, n * n]);
}
