import { regionCount } from '../../core/regions.ts';
import type { Weights } from '../../core/weights.ts';
import { conv, depthToSpace, pictures } from './convolutions.ts';
import { batchName } from './fix-batch.ts';
import { GraphBuilder, type OnnxGraph, type Value } from './graph.ts';
import { add, gather, leakyRelu, matmul, mul, repeatLike, reshape, times } from './nodes.ts';
import { LabelPyramid } from './rgi-labels.ts';
import {
  maskedLayer,
  regionMap,
  regionStyles,
  settled,
  type Activation,
  type LayerBias,
} from './rgi-masked.ts';
import { generatorSize, requireTensor, type RgiShape } from './rgi-shape.ts';
import { upConv } from './up-conv.ts';
import { averageCode, blur, constantStyle, modulatedWeights, tapEnergy } from './rgi-weights.ts';

export type GeneratorOptions = {
  /** Side of the picture: stops at the skip image of that size. Default: the net's own. */
  readonly resolution?: number;
  /** Stored noise planes (published), or none. */
  readonly noise?: 'stored' | 'none';
};

/** Everything a layer's construction reads. */
type Plan = {
  readonly g: GraphBuilder;
  readonly weights: Weights;
  readonly shape: RgiShape;
  readonly codes: Value;
  readonly pyramid: LabelPyramid;
  readonly hasNoise: boolean;
};

/**
 * The generator's graph (E4S a.3): `codes` [B,12,L,D] and `labels` uint8 [B,S,S] -> `image` [B,3,R,R] RGB,
 * nominally -1…1, unbounded. B is any number; pictures of one run have nothing to do with each other.
 *
 * Same numbers as the published form (rgi-generator.reference.ts), which convolves masked layers once per region.
 * Layers from K on have constant styles (the mapper gives `latent_avg` for every region) and are plain
 * convolutions: their entries in `codes` are not read. Fixtures: rgi_256, rgi_1024.
 */
export function rgiGenerator(weights: Weights, shape: RgiShape, options: GeneratorOptions = {}): OnnxGraph {
  const { resolution = generatorSize(shape), noise = 'stored' } = options;
  const levels = Math.log2(resolution / 4);
  if (!Number.isInteger(levels) || levels < 0 || levels >= shape.channels.length) {
    throw new RangeError(`resolution is ${resolution}, expected 4 · 2^n up to ${generatorSize(shape)}`);
  }
  const g = new GraphBuilder('rgi-generator');
  const codes = g.input('codes', 'float32', [batchName, regionCount, shape.layers, shape.style]);
  const labels = g.input('labels', 'uint8', [batchName, 'height', 'width']);
  const maskedLevels = Math.min(levels, Math.floor(shape.maskedLayers / 2));
  const pyramid = new LabelPyramid(g, labels, 4 << maskedLevels);
  const plan: Plan = { g, weights, shape, codes, pyramid, hasNoise: noise === 'stored' };
  const c = shape.channels[0]!;
  const input = g.floats('input', requireTensor(weights, 'G.input.input', [1, c, 4, 4]), [1, c, 4, 4]);
  let x: Activation = { plane: repeatLike(g, input, codes), gain: undefined };
  x = styledConv(plan, x, 'G.conv1', 0, 0, c, false);
  let image = toRgb(plan, x, 'G.to_rgb1', 1);
  for (let level = 1; level <= levels; level++) {
    const outer = shape.channels[level]!;
    const index = 2 * level - 1;
    x = styledConv(plan, x, `G.convs.${index - 1}`, index, index, outer, true);
    x = styledConv(plan, x, `G.convs.${index}`, index + 1, index + 1, outer, false);
    const before = image;
    const rgb = toRgb(plan, x, `G.to_rgbs.${level - 1}`, index + 2);
    image = add(
      g,
      rgb,
      g.scoped(`skip.${level}`, () => upsampleImage(g, before)),
    );
  }
  g.output('image', image);
  return g.finish();
}

/** Modulated 3x3 convolution, noise, bias, activation: regional below layer K, constant from there. */
function styledConv(
  plan: Plan,
  x: Activation,
  key: string,
  codeIndex: number,
  noiseIndex: number,
  outer: number,
  isUp: boolean,
): Activation {
  const { g, weights, shape, pyramid } = plan;
  const [, inner, n] = pictures(x.plane);
  const layer = modulatedWeights(weights, `${key}.conv`, inner, outer, 3, shape.style);
  const after = layerBias(plan, key, noiseIndex, outer, isUp ? 2 * n : n);
  return g.scoped(key.slice(2), () => {
    if (codeIndex < shape.maskedLayers) {
      return maskedLayer(g, x, layerCode(plan, codeIndex), layer, after, pyramid, isUp);
    }
    const code = averageCode(weights, shape, codeIndex);
    const style = constantStyle(layer, code);
    const folded = layer.weight.slice();
    const energy = tapEnergy(layer);
    for (let o = 0; o < outer; o++) {
      let sum = 1e-8;
      for (let i = 0; i < inner; i++) sum += style[i]! ** 2 * energy[i * outer + o]!;
      const demodulation = Math.SQRT2 / Math.sqrt(sum);
      for (let row = 0; row < 9 * inner; row++)
        folded[row * outer + o]! *= style[row % inner]! * demodulation;
    }
    const plane = settled(g, x, pyramid);
    const bias = g.floats(
      'bias',
      after.bias.map((value) => value * Math.SQRT2),
      [outer],
    );
    let y: Value;
    if (isUp) {
      const parities = upConv(g, plane, g.floats('weight', folded, [9, inner, outer]), bias);
      y = depthToSpace(g, parities, 'DCR');
    } else {
      const kernel = new Float32Array(folded.length);
      for (let i = 0; i < folded.length; i++) {
        const [tap, c, o] = [Math.floor(i / (inner * outer)), Math.floor(i / outer) % inner, i % outer];
        kernel[(o * inner + c) * 9 + tap] = folded[i]!;
      }
      y = conv(g, plane, g.floats('weight', kernel, [outer, inner, 3, 3]), { pad: 1, bias });
    }
    if (after.noise) {
      const size = pictures(y)[2];
      y = add(
        g,
        y,
        g.floats(
          'noise',
          after.noise.map((value) => value * Math.SQRT2),
          [1, 1, size, size],
        ),
      );
    }
    return { plane: leakyRelu(g, y, 0.2), gain: undefined };
  });
}

/** Bias and weighted noise plane of a layer; no plane where its weight is 0. */
function layerBias(plan: Plan, key: string, noiseIndex: number, outer: number, size: number): LayerBias {
  const { weights, hasNoise } = plan;
  const bias = requireTensor(weights, `${key}.activate.bias`, [outer]);
  const strength = requireTensor(weights, `${key}.noise.weight`, [1])[0]!;
  if (!hasNoise || strength === 0) return { bias, noise: undefined };
  const plane = requireTensor(weights, `G.noises.noise_${noiseIndex}`, [1, 1, size, size]);
  return { bias, noise: plane.map((value) => value * strength) };
}

/** 1x1 modulated convolution to RGB without demodulation, and its bias. */
function toRgb(plan: Plan, x: Activation, key: string, codeIndex: number): Value {
  const { g, weights, shape, pyramid } = plan;
  const [, inner, n] = pictures(x.plane);
  const layer = modulatedWeights(weights, `${key}.conv`, inner, 3, 1, shape.style);
  const rgbBias = requireTensor(weights, `${key}.bias`, [1, 3, 1, 1]);
  const kernel = new Float32Array(3 * inner);
  for (let i = 0; i < kernel.length; i++) kernel[i] = layer.weight[(i % inner) * 3 + Math.floor(i / inner)]!;
  return g.scoped(key.slice(2), () => {
    const bias = g.floats('bias', rgbBias, [3]);
    if (codeIndex >= shape.maskedLayers) {
      const style = constantStyle(layer, averageCode(weights, shape, codeIndex));
      const folded = kernel.map((value, i) => value * style[i % inner]!);
      return conv(g, settled(g, x, pyramid), g.floats('weight', folded, [3, inner, 1, 1]), { bias });
    }
    let style = regionStyles(g, layerCode(plan, codeIndex), layer);
    if (x.gain) style = mul(g, style, x.gain);
    if (inner <= 3 * regionCount) {
      // Few channels: every pixel under its own style, then one matrix for all.
      const own = mul(g, x.plane, regionMap(g, style, pyramid, n));
      return conv(g, own, g.floats('weight', kernel, [3, inner, 1, 1]), { bias });
    }
    // All regions' colours of every pixel, 36 numbers; then the pixel's own.
    const { batch } = pyramid;
    const matrix = mul(
      g,
      g.floats('weight', kernel, [1, 3, inner]),
      reshape(g, style, [times(regionCount, batch), 1, inner]),
    );
    const all = matmul(
      g,
      reshape(g, matrix, [batch, 3 * regionCount, inner]),
      reshape(g, x.plane, [batch, inner, n * n]),
    );
    const oneHot = reshape(g, pyramid.oneHot(n), [batch, regionCount, 1, n * n]);
    const own = mul(g, reshape(g, all, [batch, regionCount, 3, n * n]), oneHot);
    // A product with ones: a sum over the first axis runs on one core and is slow.
    const ones = Float32Array.from({ length: 9 * regionCount }, (_, i) =>
      Math.floor(i / (3 * regionCount)) === i % 3 ? 1 : 0,
    );
    const sum = matmul(
      g,
      g.floats('ones', ones, [3, 3 * regionCount]),
      reshape(g, own, [batch, 3 * regionCount, n * n]),
    );
    return add(g, reshape(g, sum, [batch, 3, n, n]), reshape(g, bias, [1, 3, 1, 1]));
  });
}

/** Codes of one layer, [B·12,D]. */
function layerCode({ g, codes, shape }: Plan, index: number): Value {
  const rows = times(regionCount, codes.dims[0]!);
  return reshape(g, gather(g, codes, g.integers([index], []), 2), [rows, shape.style]);
}

/** Zero-insertion by two and the 4x4 FIR with pad (2,1), as four 2x2 filters: [B,3,n,n] -> [B,3,2n,2n]. */
function upsampleImage(g: GraphBuilder, image: Value): Value {
  const kernel = new Float32Array(12 * 3 * 9);
  // Even outputs read pixels y - 1 and y, odd ones y and y + 1.
  const taps = [
    [blur[0], blur[1], 0],
    [0, blur[2], blur[3]],
  ] as const;
  for (let c = 0; c < 3; c++) {
    for (let phase = 0; phase < 4; phase++) {
      for (let k = 0; k < 9; k++) {
        const weight = taps[phase >> 1]![Math.floor(k / 3)]! * taps[phase & 1]![k % 3]!;
        kernel[((c * 4 + phase) * 3 + c) * 9 + k] = weight;
      }
    }
  }
  return depthToSpace(g, conv(g, image, g.floats('weight', kernel, [12, 3, 3, 3]), { pad: 1 }));
}
