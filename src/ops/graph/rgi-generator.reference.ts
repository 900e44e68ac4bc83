import { regionCount } from '../../core/regions.ts';
import type { Weights } from '../../core/weights.ts';
import { conv, convTranspose, nchw } from './convolutions.ts';
import { GraphBuilder, type OnnxGraph, type Value } from './graph.ts';
import {
  add,
  cast,
  equal,
  gather,
  gemm,
  leakyRelu,
  mul,
  reciprocal,
  reduceSum,
  reshape,
  resizeNearest,
  sqrt,
  transpose,
} from './nodes.ts';
import { requireTensor, type RgiShape } from './rgi-shape.ts';
import { blur } from './rgi-weights.ts';

/**
 * The generator as published (E4S a.3), word for word: every masked layer's convolution once per region with
 * modulated weights, times the region's mask, summed. Slow and obvious; `rgiGenerator` must equal it, and
 * bench/rgi measures one against the other. Never used in a run.
 */
export function rgiGeneratorReference(weights: Weights, shape: RgiShape): OnnxGraph {
  const g = new GraphBuilder('rgi-generator-reference');
  const { layers, style, channels, maskedLayers } = shape;
  const codes = g.input('codes', 'float32', [1, regionCount, layers, style]);
  const labels = g.input('labels', 'uint8', [1, 'height', 'width']);
  const plane = cast(
    g,
    g.node('Unsqueeze', [labels, g.integers([1])], {}, 'uint8', [1, 1, 'height', 'width']),
    'float32',
  );

  const made = new Map<string, Value>();
  const constant = (name: string, dims: readonly number[], make: () => Float32Array): Value => {
    const known = made.get(name);
    if (known) return known;
    const value = g.floats(name, make(), dims);
    made.set(name, value);
    return value;
  };

  /** The style of one region at one layer, [1,C]. */
  const styleOf = (key: string, inner: number, region: number, index: number): Value => {
    const ofRegion = gather(g, codes, g.integers([region], []), 1);
    const code = reshape(g, gather(g, ofRegion, g.integers([index], []), 1), [1, style]);
    const matrix = constant(`${key}.modulation`, [inner, style], () =>
      requireTensor(weights, `${key}.modulation.weight`, [inner, style]).map(
        (value) => value / Math.sqrt(style),
      ),
    );
    const bias = constant(`${key}.bias`, [inner], () =>
      requireTensor(weights, `${key}.modulation.bias`, [inner]),
    );
    return gemm(g, code, matrix, { transB: true, bias });
  };

  /** Convolution with the weights modulated (and demodulated) by one region's style. */
  const modulated = (x: Value, key: string, outer: number, k: number, s: Value, isUp: boolean): Value => {
    const inner = nchw(x)[1];
    const scale = 1 / Math.sqrt(inner * k * k);
    let w = constant(`${key}.weight`, [outer, inner, k, k], () =>
      requireTensor(weights, `${key}.weight`, [1, outer, inner, k, k]).map((value) => value * scale),
    );
    w = mul(g, w, reshape(g, s, [1, inner, 1, 1]));
    if (k === 3) {
      const flat = reshape(g, w, [outer, inner * 9]);
      const energy = reduceSum(g, mul(g, flat, flat), 1, true);
      const demodulation = reciprocal(
        g,
        sqrt(g, add(g, energy, g.floats('epsilon', new Float32Array([1e-8]), [1]))),
      );
      w = mul(g, w, reshape(g, demodulation, [outer, 1, 1, 1]));
    }
    if (!isUp) return conv(g, x, w, { pad: (k - 1) / 2 });
    return fir(convTranspose(g, x, transpose(g, w, [1, 0, 2, 3])), 1);
  };

  /** 4x4 FIR outer([1,3,3,1])/16 of every channel: zeros around, `before` on the first sides, 1 on the others. */
  const fir = (x: Value, before: number): Value => {
    const c = nchw(x)[1];
    const kernel = new Float32Array(16 * c).map((_, i) => blur[(i >> 2) & 3]! * blur[i & 3]!);
    const pad = [before, before, 1, 1] as const;
    return conv(g, x, g.floats('fir', kernel, [c, 1, 4, 4]), { pad, group: c });
  };

  const masked = (x: Value, key: string, outer: number, k: number, index: number, isUp: boolean): Value => {
    const [, inner, n] = nchw(x);
    const size = isUp ? 2 * n : n;
    if (index >= maskedLayers) return modulated(x, key, outer, k, styleOf(key, inner, 0, index), isUp);
    const small = resizeNearest(g, plane, size, size);
    let sum: Value | undefined;
    for (let r = 0; r < regionCount; r++) {
      const y = modulated(x, key, outer, k, styleOf(key, inner, r, index), isUp);
      const mask = cast(g, equal(g, small, g.floats('region', new Float32Array([r]), [1])), 'float32');
      const part = mul(g, y, mask);
      sum = sum ? add(g, sum, part) : part;
    }
    return sum!;
  };

  const styled = (x: Value, key: string, outer: number, index: number, isUp: boolean): Value => {
    let y = masked(x, `${key}.conv`, outer, 3, index, isUp);
    const size = nchw(y)[2];
    const strength = requireTensor(weights, `${key}.noise.weight`, [1])[0]!;
    const noise = requireTensor(weights, `G.noises.noise_${index}`, [1, 1, size, size]);
    y = add(
      g,
      y,
      g.floats(
        'noise',
        noise.map((value) => value * strength),
        [1, 1, size, size],
      ),
    );
    const bias = requireTensor(weights, `${key}.activate.bias`, [outer]);
    y = leakyRelu(g, add(g, y, g.floats('bias', bias, [1, outer, 1, 1])), 0.2);
    return mul(g, y, g.floats('sqrt2', new Float32Array([Math.SQRT2]), [1]));
  };

  const rgb = (x: Value, key: string, index: number): Value => {
    const bias = g.floats('bias', requireTensor(weights, `${key}.bias`, [1, 3, 1, 1]), [1, 3, 1, 1]);
    return add(g, masked(x, `${key}.conv`, 3, 1, index, false), bias);
  };

  /** Zero-insertion by two (a transposed convolution with a single one), then the FIR with pad (2,1). */
  const upsampled = (image: Value): Value => {
    const one = new Float32Array(3 * 3 * 4).map((_, i) =>
      i % 4 === 0 && Math.floor(i / 12) === Math.floor(i / 4) % 3 ? 1 : 0,
    );
    return fir(convTranspose(g, image, g.floats('insert', one, [3, 3, 2, 2])), 2);
  };

  const c = channels[0]!;
  let x = g.floats('input', requireTensor(weights, 'G.input.input', [1, c, 4, 4]), [1, c, 4, 4]);
  x = styled(x, 'G.conv1', c, 0, false);
  let image = rgb(x, 'G.to_rgb1', 1);
  for (let level = 1; level < channels.length; level++) {
    const index = 2 * level - 1;
    x = styled(x, `G.convs.${index - 1}`, channels[level]!, index, true);
    x = styled(x, `G.convs.${index}`, channels[level]!, index + 1, false);
    image = add(g, rgb(x, `G.to_rgbs.${level - 1}`, index + 2), upsampled(image));
  }
  g.output('image', image);
  return g.finish();
}
