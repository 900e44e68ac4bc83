import { regionCount } from '../../core/regions.ts';
import { conv, convTranspose, depthToSpace, nchw } from './convolutions.ts';
import type { GraphBuilder, Value } from './graph.ts';
import {
  add,
  addAtColumns,
  concat,
  gather,
  gemm,
  leakyRelu,
  matmul,
  mul,
  pad,
  reciprocal,
  reshape,
  sqrt,
  sub,
  transpose,
} from './nodes.ts';
import type { LabelPyramid, Phase } from './rgi-labels.ts';
import { blur, phaseTaps, tapEnergy, type ModulatedWeights } from './rgi-weights.ts';

/**
 * An activation with a factor per region and channel that is not yet applied: the layer's output is
 * `plane` [1,C,n,n] times `gain` [12,C] of each pixel's region. Factors are positive, so they pass through the
 * leaky ReLU and join the next layer's style in one small table instead of a pass over the picture.
 */
export type Activation = { readonly plane: Value; readonly gain: Value | undefined };

/** What a masked layer adds after its convolution. */
export type LayerBias = { readonly bias: Float32Array; readonly noise: Float32Array | undefined };

/** Outputs up to this side are computed pixel by pixel: most of their neighbourhoods cross a border anyway. */
const pixelwiseSize = 16;

const phases = [0, 1, 2, 3].map((i) => ({ py: i >> 1, px: i & 1 }));

/** Styles of all regions, [12,inner], from the layer's codes [12,D]. */
export function regionStyles(g: GraphBuilder, codes: Value, layer: ModulatedWeights): Value {
  const matrix = g.floats('modulation', layer.modulation, [codes.dims[1] as number, layer.inner]);
  const bias = g.floats('modulation_bias', layer.modulationBias, [layer.inner]);
  return gemm(g, codes, matrix, { bias });
}

/** Per-pixel values of each pixel's region: values [12,C] -> [1,C,n,n]. */
export function regionMap(g: GraphBuilder, values: Value, pyramid: LabelPyramid, n: number): Value {
  const c = values.dims[1]!;
  return reshape(g, matmul(g, transpose(g, values, [1, 0]), pyramid.oneHot(n)), [1, c, n, n]);
}

/** The activation with its factor applied. */
export function settled(g: GraphBuilder, x: Activation, pyramid: LabelPyramid): Value {
  if (!x.gain) return x.plane;
  return mul(g, x.plane, regionMap(g, x.gain, pyramid, nchw(x.plane)[2]));
}

/**
 * A masked modulated 3x3 layer with demodulation, noise, bias and sqrt(2)·lrelu(0.2) (E4S a.3): every output
 * pixel is convolved under the style of its own region.
 *
 * out[p] = d[r(p)] · Σ W·(s[r(p)] · x), so one convolution of x times the style of each *input* pixel's region is
 * right wherever the neighbourhood is of one region; at the other pixels the difference, linear in the styles'
 * difference, is added. Upsampling layers are a transposed convolution and the blur; there the neighbourhood of
 * each output parity is 3x3 input pixels too, under the composed kernel.
 */
export function maskedLayer(
  g: GraphBuilder,
  x: Activation,
  codes: Value,
  layer: ModulatedWeights,
  after: LayerBias,
  pyramid: LabelPyramid,
  isUp: boolean,
): Activation {
  const n = nchw(x.plane)[2];
  const size = isUp ? 2 * n : n;
  const style = regionStyles(g, codes, layer);
  const energy = g.floats('energy', tapEnergy(layer), [layer.inner, layer.outer]);
  const floor = g.floats('epsilon', new Float32Array([1e-8]), [1]);
  const spread = sqrt(g, add(g, matmul(g, mul(g, style, style), energy), floor)); // 1/d, [12,outer]
  const weight = g.floats('weight', layer.weight, [9, layer.inner, layer.outer]);
  const added = addedMap(g, spread, after, layer.outer, pyramid, size);
  const isPixelwise = size <= pixelwiseSize;
  const fixed = pixelRows(g, x, style, weight, pyramid, isUp, isPixelwise);
  let sum: Value;
  if (isPixelwise) {
    const rows = fixed.map(({ rows }) => reshape(g, rows, [layer.outer, 1, n * n]));
    const plane = reshape(g, concat(g, rows, 1), [1, layer.outer * rows.length, n, n]);
    sum = add(g, isUp ? depthToSpace(g, plane) : plane, reshape(g, added, [1, layer.outer, size, size]));
  } else {
    const table = x.gain ? mul(g, style, x.gain) : style;
    const shared = mul(g, x.plane, regionMap(g, table, pyramid, n));
    const y = isUp
      ? upConv(g, shared, weight, layer)
      : conv(g, shared, sameKernel(g, weight, layer), { pad: 1 });
    const rows = concat(
      g,
      fixed.map((list) => list.rows),
      1,
    );
    const columns = concat(
      g,
      fixed.map((list) => list.outputs),
      0,
    );
    sum = add(g, y, reshape(g, addAtColumns(g, added, columns, rows), [1, layer.outer, size, size]));
  }
  const gain = mul(g, reciprocal(g, spread), g.floats('sqrt2', new Float32Array([Math.SQRT2]), [1]));
  return { plane: leakyRelu(g, sum, 0.2), gain };
}

/** (bias + noise) / d of every pixel's region: [outer, size²]. */
function addedMap(
  g: GraphBuilder,
  spread: Value,
  after: LayerBias,
  outer: number,
  pyramid: LabelPyramid,
  size: number,
): Value {
  const columns = transpose(g, spread, [1, 0]);
  const biased = mul(g, columns, g.floats('bias', after.bias, [outer, 1]));
  const oneHot = pyramid.oneHot(size);
  if (!after.noise) return matmul(g, biased, oneHot);
  const noise = g.floats('noise', after.noise, [1, size * size]);
  return matmul(g, concat(g, [biased, columns], 1), concat(g, [oneHot, mul(g, oneHot, noise)], 0));
}

type FixedPixels = { readonly outputs: Value; readonly rows: Value };

/**
 * Pixels computed one by one: rows [outer,N] of their values (`all`), or of what the shared convolution lacks
 * there. One list, or one per output parity when upsampling.
 */
function pixelRows(
  g: GraphBuilder,
  x: Activation,
  style: Value,
  weight: Value,
  pyramid: LabelPyramid,
  isUp: boolean,
  all: boolean,
): FixedPixels[] {
  const [, c, n] = nchw(x.plane);
  const outer = weight.dims[2] as number;
  const padded = pad(g, transpose(g, reshape(g, x.plane, [c, n, n]), [1, 2, 0]), [1, 1, 0], [1, 1, 0]);
  const pixels = reshape(g, padded, [(n + 2) ** 2, c]);
  // table[output region, input region] = factor of an input pixel in an output pixel's sum.
  let table = reshape(g, style, [regionCount, 1, c]);
  if (!all) table = sub(g, table, reshape(g, style, [1, regionCount, c]));
  if (x.gain) table = mul(g, table, reshape(g, x.gain, [1, regionCount, c]));
  if (table.dims[1] === 1) {
    table = g.node('Expand', [table, g.integers([1, regionCount, 1])], {}, 'float32', [
      regionCount,
      regionCount,
      c,
    ]);
  }
  const factors = reshape(g, table, [regionCount ** 2, c]);
  return (isUp ? phases : [undefined]).map((phase) => {
    const { outputs, taps, pairs } = pyramid.pixels(n, phase, all);
    const count = outputs.dims[0]!;
    const patches = mul(g, gather(g, pixels, taps, 0), gather(g, factors, pairs, 0)); // [N,9,C]
    const kernel = reshape(g, phase ? phaseKernel(g, weight, phase) : weight, [9 * c, outer]);
    const values = matmul(g, reshape(g, patches, [count, 9 * c]), kernel);
    return { outputs, rows: transpose(g, values, [1, 0]) };
  });
}

/** Kernel of one output parity, composed of the transposed convolution and the blur: [9, inner, outer]. */
function phaseKernel(g: GraphBuilder, weight: Value, phase: NonNullable<Phase>): Value {
  const [, inner, outer] = weight.dims as readonly number[];
  const rows = phaseTaps(phase.py);
  const columns = phaseTaps(phase.px);
  const matrix = new Float32Array(81);
  for (let i = 0; i < 81; i++) {
    const [to, from] = [Math.floor(i / 9), i % 9];
    matrix[i] = rows[Math.floor(to / 3)]![Math.floor(from / 3)]! * columns[to % 3]![from % 3]!;
  }
  const compose = g.floats(`phase_${phase.py}${phase.px}`, matrix, [9, 9]);
  return reshape(g, matmul(g, compose, reshape(g, weight, [9, inner! * outer!])), [9, inner!, outer!]);
}

function sameKernel(g: GraphBuilder, weight: Value, { inner, outer }: ModulatedWeights): Value {
  return reshape(g, transpose(g, weight, [2, 1, 0]), [outer, inner, 3, 3]);
}

/** Transposed convolution by two and the blur: [1,inner,n,n] -> [1,outer,2n,2n]. */
export function upConv(g: GraphBuilder, x: Value, weight: Value, { inner, outer }: ModulatedWeights): Value {
  const kernel = reshape(g, transpose(g, weight, [1, 2, 0]), [inner, outer, 3, 3]);
  const y = convTranspose(g, x, kernel);
  const fir = new Float32Array(outer * 16);
  for (let i = 0; i < fir.length; i++) fir[i] = blur[(i >> 2) & 3]! * blur[i & 3]!;
  return conv(g, y, g.floats('blur', fir, [outer, 1, 4, 4]), { pad: 1, group: outer });
}
