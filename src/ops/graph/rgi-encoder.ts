import { regionCount } from '../../core/regions.ts';
import type { Weights } from '../../core/weights.ts';
import { conv, instanceNorm, nchw } from './convolutions.ts';
import { GraphBuilder, type OnnxGraph, type Value } from './graph.ts';
import { add, cast, concat, div, gemm, max, prelu, reduceSum, reshape, slice } from './nodes.ts';
import { LabelPyramid } from './rgi-labels.ts';
import { requireTensor, type EncoderBlock, type RgiShape } from './rgi-shape.ts';
import { convWinograd, isWinogradWorth } from './winograd.ts';

/**
 * The encoder's graph (E4S a.1): picture and label map -> style vectors.
 *
 * Inputs: `image` [1,3,E,E] RGB -1…1 (E = 256), `labels` uint8 [1,S,S].
 * Outputs: `styles` [1,12,V], mean of the features over each region's pixels at K scales, zeros where it has
 * none; `counts` int32 [1,12,K], those pixels' numbers.
 *
 * The gate of each block (SE) reads the mean of a normalised map, which is 0, so it is sigmoid(0) = 1/2 for any
 * weights: folded into the norm. Fixtures: rgi_256, rgi_1024.
 */
export function rgiEncoder(weights: Weights, shape: RgiShape): OnnxGraph {
  const g = new GraphBuilder('rgi-encoder');
  const size = shape.encoderSize;
  const image = g.input('image', 'float32', [1, 3, size, size]);
  const labels = g.input('labels', 'uint8', [1, 'height', 'width']);
  let x = g.scoped('input', () => {
    const y = conv(g, image, kernel(g, weights, 'encoder.input_layer.0.weight', shape.stem, 3, 3), {
      pad: 1,
    });
    return prelu(g, instanceNorm(g, y, 1), slopes(g, weights, 'encoder.input_layer.2.weight', shape.stem));
  });
  const taps: Value[] = [];
  shape.blocks.forEach((block, n) => {
    x = g.scoped(`body.${n}`, () => bottleneck(g, x, weights, `encoder.body.${n}`, block));
    if (shape.taps.includes(n)) taps.push(x);
  });
  const pyramid = new LabelPyramid(g, labels, nchw(taps[0]!)[2]);
  const means: Value[] = [];
  const counts: Value[] = [];
  for (const [scale, tap] of taps.entries()) {
    const [, c, n] = nchw(tap);
    const oneHot = reshape(g, pyramid.oneHot(n), [regionCount, n * n]);
    g.scoped(`scale.${scale}`, () => {
      const count = reduceSum(g, oneHot, 1, true);
      const sums = gemm(g, oneHot, reshape(g, tap, [c, n * n]), { transB: true });
      means.push(div(g, sums, max(g, count, g.floats('one', new Float32Array([1]), [1]))));
      counts.push(count);
    });
  }
  const k = taps.length;
  g.output('styles', reshape(g, concat(g, means, 1), [1, regionCount, shape.vector]));
  g.output('counts', reshape(g, cast(g, concat(g, counts, 1), 'int32'), [1, regionCount, k]));
  return g.finish();
}

function bottleneck(g: GraphBuilder, x: Value, weights: Weights, key: string, block: EncoderBlock): Value {
  const { inner, outer, stride } = block;
  const res = `${key}.res_layer`;
  let y = instanceNorm(g, x, 1);
  y = conv3(g, y, weights, `${res}.1.weight`, outer, inner, 1);
  y = prelu(g, y, slopes(g, weights, `${res}.2.weight`, outer));
  y = conv3(g, y, weights, `${res}.3.weight`, outer, outer, stride);
  y = instanceNorm(g, y, 0.5);
  return add(g, y, shortcut(g, x, weights, key, block));
}

/** 3x3 convolution, in the form that is faster at its size. */
function conv3(
  g: GraphBuilder,
  x: Value,
  weights: Weights,
  key: string,
  outer: number,
  inner: number,
  stride: number,
): Value {
  if (stride !== 1 || !isWinogradWorth(inner, outer, nchw(x)[2])) {
    return conv(g, x, kernel(g, weights, key, outer, inner, 3), { pad: 1, stride });
  }
  const stored = requireTensor(weights, key, [outer, inner, 3, 3]);
  const byTap = new Float32Array(stored.length);
  for (let i = 0; i < stored.length; i++) {
    const [o, c, tap] = [Math.floor(i / (9 * inner)), Math.floor(i / 9) % inner, i % 9];
    byTap[(tap * inner + c) * outer + o] = stored[i]!;
  }
  return convWinograd(g, x, byTap, outer);
}

function shortcut(g: GraphBuilder, x: Value, weights: Weights, key: string, block: EncoderBlock): Value {
  const { inner, outer, stride } = block;
  if (inner === outer) {
    if (stride === 1) return x;
    return slice(g, x, [
      { axis: 2, start: 0, step: stride },
      { axis: 3, start: 0, step: stride },
    ]);
  }
  const weight = kernel(g, weights, `${key}.shortcut_layer.0.weight`, outer, inner, 1);
  return instanceNorm(g, conv(g, x, weight, { stride }), 1);
}

function kernel(
  g: GraphBuilder,
  weights: Weights,
  key: string,
  outer: number,
  inner: number,
  k: number,
): Value {
  const dims = [outer, inner, k, k];
  return g.floats('weight', requireTensor(weights, key, dims), dims);
}

function slopes(g: GraphBuilder, weights: Weights, key: string, channels: number): Value {
  return g.floats('slope', requireTensor(weights, key, [channels]), [channels, 1, 1]);
}
