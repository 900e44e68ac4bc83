import { regionCount } from '../../core/regions.ts';
import { conv, depthToSpace, pictures } from './convolutions.ts';
import type { Dim, GraphBuilder, Value } from './graph.ts';
import {
  add,
  addAtRows,
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
  times,
  transpose,
} from './nodes.ts';
import { pairCount, type LabelPyramid, type PixelSums } from './rgi-labels.ts';
import { phaseTaps, tapEnergy, type ModulatedWeights } from './rgi-weights.ts';
import { upConv } from './up-conv.ts';

/**
 * An activation with a factor per region and channel that is not yet applied: the layer's output is
 * `plane` [B,C,n,n] times `gain` [B·12,C] of each pixel's region. Factors are positive, so they pass through the
 * leaky ReLU and join the next layer's style in one small table instead of a pass over the picture.
 */
export type Activation = { readonly plane: Value; readonly gain: Value | undefined };

/** What a masked layer adds after its convolution. */
export type LayerBias = { readonly bias: Float32Array; readonly noise: Float32Array | undefined };

/** Outputs up to this side are computed pixel by pixel: most of their neighbourhoods cross a border anyway. */
const pixelwiseSize = 16;

/** Styles of all regions, [B·12,inner], from the layer's codes [B·12,D]. */
export function regionStyles(g: GraphBuilder, codes: Value, layer: ModulatedWeights): Value {
  const matrix = g.floats('modulation', layer.modulation, [codes.dims[1] as number, layer.inner]);
  const bias = g.floats('modulation_bias', layer.modulationBias, [layer.inner]);
  return gemm(g, codes, matrix, { bias });
}

/** Per-pixel values of each pixel's region: values [B·12,C] -> [B,C,n,n]. */
export function regionMap(g: GraphBuilder, values: Value, pyramid: LabelPyramid, n: number): Value {
  const [c, { batch }] = [values.dims[1]!, pyramid];
  const byRegion = reshape(g, values, [batch, regionCount, c]);
  return reshape(g, matmul(g, flip(g, byRegion), pyramid.oneHot(n)), [batch, c, n, n]);
}

/** [B,M,N] -> [B,N,M]. */
function flip(g: GraphBuilder, x: Value): Value {
  return transpose(g, x, [0, 2, 1]);
}

/** The activation with its factor applied. */
export function settled(g: GraphBuilder, x: Activation, pyramid: LabelPyramid): Value {
  if (!x.gain) return x.plane;
  return mul(g, x.plane, regionMap(g, x.gain, pyramid, pictures(x.plane)[2]));
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
  const [batch, inner, n] = pictures(x.plane);
  const size = isUp ? 2 * n : n;
  const { outer } = layer;
  const style = regionStyles(g, codes, layer);
  const energy = g.floats('energy', tapEnergy(layer), [inner, outer]);
  const floor = g.floats('epsilon', new Float32Array([1e-8]), [1]);
  const spread = sqrt(g, add(g, matmul(g, mul(g, style, style), energy), floor)); // 1/d, [B·12,outer]
  const gain = mul(g, reciprocal(g, spread), g.floats('sqrt2', new Float32Array([Math.SQRT2]), [1]));
  const weight = g.floats('weight', layer.weight, [9, inner, outer]);
  const added = addedParts(g, spread, after, pyramid, size);
  const pixels = rowsOf(g, reshape(g, x.plane, [batch, inner, n * n]));
  const bySize: Dim[] = [batch, outer, size * size];
  if (size <= pixelwiseSize) {
    const factors = factorTable(g, x, style, pyramid, true);
    const rows = isUp
      ? pixelSums(g, pixels, factors, pyramid.allUp(n), upKernels(g, weight, 'stack'))
      : pixelSums(g, pixels, factors, pyramid.all(n), reshape(g, weight, [9 * inner, outer]));
    const plane = isUp
      ? transpose(g, reshape(g, rows, [2, 2, batch, n, n, outer]), [2, 5, 3, 0, 4, 1])
      : flip(g, reshape(g, rows, [batch, n * n, outer]));
    const rest = matmul(g, flip(g, added.values), added.maps);
    const sum = add(g, reshape(g, plane, bySize), rest);
    return { plane: leakyRelu(g, reshape(g, sum, [batch, outer, size, size]), 0.2), gain };
  }
  const table = x.gain ? mul(g, style, x.gain) : style;
  const shared = mul(g, x.plane, regionMap(g, table, pyramid, n));
  const factors = factorTable(g, x, style, pyramid, false);
  const rest = reshape(g, matmul(g, flip(g, added.maps), added.values), [times(size * size, batch), outer]);
  let y: Value;
  let fixed: Value;
  if (isUp) {
    const border = pyramid.borderUp(n);
    const sums = pixelSums(g, pixels, factors, border, upKernels(g, weight, 'side by side'));
    const fixes = gather(g, reshape(g, sums, [`4*${String(sums.dims[0])}`, outer]), border.chosen, 0);
    fixed = addAtRows(g, rest, border.outputs, fixes);
    y = depthToSpace(g, upConv(g, shared, weight), 'DCR');
  } else {
    const border = pyramid.border(n);
    const fixes = pixelSums(g, pixels, factors, border, reshape(g, weight, [9 * inner, outer]));
    fixed = addAtRows(g, rest, border.outputs, fixes);
    y = conv(g, shared, sameKernel(g, weight, layer), { pad: 1 });
  }
  // Added as matrices: onnxruntime would turn the transpose of a picture into one of four axes, which is slow.
  const byPixel = flip(g, reshape(g, fixed, [batch, size * size, outer]));
  const sum = add(g, reshape(g, y, bySize), byPixel);
  return { plane: leakyRelu(g, reshape(g, sum, [batch, outer, size, size]), 0.2), gain };
}

/** [B,C,P] -> [B·P,C]. */
function rowsOf(g: GraphBuilder, x: Value): Value {
  const [batch, c, count] = x.dims as readonly [Dim, number, number];
  return reshape(g, flip(g, x), [times(count, batch), c]);
}

/**
 * (bias + noise) / d of every pixel's region, as a product that is not made yet: the transpose of `maps`
 * [B,12 or 24,size²] times `values` [B,12 or 24,outer].
 */
function addedParts(
  g: GraphBuilder,
  spread: Value,
  after: LayerBias,
  pyramid: LabelPyramid,
  size: number,
): { readonly maps: Value; readonly values: Value } {
  const oneHot = pyramid.oneHot(size);
  const outer = after.bias.length;
  const byRegion = (values: Value): Value => reshape(g, values, [pyramid.batch, regionCount, outer]);
  const biased = byRegion(mul(g, spread, g.floats('bias', after.bias, [1, outer])));
  if (!after.noise) return { maps: oneHot, values: biased };
  const noise = g.floats('noise', after.noise, [1, size * size]);
  return {
    maps: concat(g, [oneHot, mul(g, oneHot, noise)], 1),
    values: concat(g, [biased, byRegion(spread)], 1),
  };
}

/**
 * Factor of an input pixel in a sum, by the regions of both, [B·145,C]; the last row of each picture, for inputs
 * outside it, is 0. `whole`: the style itself; else what the style differs from that of the input's own region.
 */
function factorTable(
  g: GraphBuilder,
  x: Activation,
  style: Value,
  { batch }: LabelPyramid,
  whole: boolean,
): Value {
  const c = style.dims[1] as number;
  const own = reshape(g, style, [batch, regionCount, 1, c]);
  const byInput = x.gain
    ? reshape(g, x.gain, [batch, 1, regionCount, c])
    : g.floats('ones', new Float32Array(regionCount * c).fill(1), [1, 1, regionCount, c]);
  const table = whole
    ? mul(g, own, byInput)
    : mul(g, sub(g, own, reshape(g, style, [batch, 1, regionCount, c])), byInput);
  const padded = pad(g, reshape(g, table, [batch, pairCount, c]), [0, 0, 0], [0, 1, 0]);
  return reshape(g, padded, [times(pairCount + 1, batch), c]);
}

/** Sums of 3x3 inputs under a kernel [9C,M] -> [N,M]; with lists and kernels by parity [4,9C,M] -> [4,N,M]. */
function pixelSums(
  g: GraphBuilder,
  pixels: Value,
  factors: Value,
  { taps, pairs }: PixelSums,
  kernel: Value,
): Value {
  const c = pixels.dims[1] as number;
  const patches = mul(g, gather(g, factors, pairs, 0), gather(g, pixels, taps, 0));
  return matmul(g, reshape(g, patches, [...pairs.dims.slice(0, -1), 9 * c]), kernel);
}

/**
 * Kernels of the four output parities, composed of the transposed convolution and the blur: as a stack
 * [4,9·inner,outer], or as columns [9·inner,4·outer].
 */
function upKernels(g: GraphBuilder, weight: Value, form: 'stack' | 'side by side'): Value {
  const [, inner, outer] = weight.dims as readonly [number, number, number];
  const matrix = new Float32Array(4 * 81);
  for (let i = 0; i < matrix.length; i++) {
    const [parity, to, from] = [Math.floor(i / 81), Math.floor(i / 9) % 9, i % 9];
    const [rows, columns] = [phaseTaps(parity >> 1), phaseTaps(parity & 1)];
    matrix[i] = rows[Math.floor(to / 3)]![Math.floor(from / 3)]! * columns[to % 3]![from % 3]!;
  }
  const compose = g.floats('parities', matrix, [36, 9]);
  const all = matmul(g, compose, reshape(g, weight, [9, inner * outer]));
  if (form === 'stack') return reshape(g, all, [4, 9 * inner, outer]);
  const columns = transpose(g, reshape(g, all, [4, 9 * inner, outer]), [1, 0, 2]);
  return reshape(g, columns, [9 * inner, 4 * outer]);
}

function sameKernel(g: GraphBuilder, weight: Value, { inner, outer }: ModulatedWeights): Value {
  return reshape(g, transpose(g, weight, [2, 1, 0]), [outer, inner, 3, 3]);
}
