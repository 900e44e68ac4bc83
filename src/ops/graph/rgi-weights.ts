import type { Weights } from '../../core/weights.ts';
import { requireTensor, type RgiShape } from './rgi-shape.ts';

/** FIR of the published up- and downsampling per axis, [1,3,3,1]/8 · 2: the gain of an upsampling by two. */
export const blur = [0.25, 0.75, 0.75, 0.25] as const;

/** One modulated layer's numbers with the scales that never change folded in. */
export type ModulatedWeights = {
  readonly inner: number;
  readonly outer: number;
  readonly kernel: number;
  /** [k·k, inner, outer], times 1/sqrt(inner·k²). */
  readonly weight: Float32Array;
  /** Style code -> style, [D, inner], times 1/sqrt(D). */
  readonly modulation: Float32Array;
  readonly modulationBias: Float32Array;
};

/** Reads `<key>.weight` and `<key>.modulation` (E4S a.3). */
export function modulatedWeights(
  weights: Weights,
  key: string,
  inner: number,
  outer: number,
  kernel: number,
  style: number,
): ModulatedWeights {
  const stored = requireTensor(weights, `${key}.weight`, [1, outer, inner, kernel, kernel]);
  const taps = kernel * kernel;
  const scale = 1 / Math.sqrt(inner * taps);
  const weight = new Float32Array(stored.length);
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++) {
      for (let k = 0; k < taps; k++) {
        weight[(k * inner + c) * outer + o] = stored[(o * inner + c) * taps + k]! * scale;
      }
    }
  }
  const matrix = requireTensor(weights, `${key}.modulation.weight`, [inner, style]);
  const modulation = new Float32Array(matrix.length);
  for (let c = 0; c < inner; c++) {
    for (let d = 0; d < style; d++) modulation[d * inner + c] = matrix[c * style + d]! / Math.sqrt(style);
  }
  const modulationBias = requireTensor(weights, `${key}.modulation.bias`, [inner]);
  return { inner, outer, kernel, weight, modulation, modulationBias };
}

/** Σ over the taps of the squared weights, [inner, outer]: what demodulation needs. */
export function tapEnergy({ weight, inner, outer }: ModulatedWeights): Float32Array {
  const energy = new Float32Array(inner * outer);
  for (let i = 0; i < weight.length; i++) energy[i % energy.length]! += weight[i]! ** 2;
  return energy;
}

/** The style of a constant code [D]. */
export function constantStyle(layer: ModulatedWeights, code: Float32Array): Float32Array {
  return layer.modulationBias.map((bias, c) => {
    let sum = bias;
    for (let d = 0; d < code.length; d++) sum += code[d]! * layer.modulation[d * layer.inner + c]!;
    return sum;
  });
}

/** The row of `latent_avg` that stands for a layer's code where codes are not regional. */
export function averageCode(weights: Weights, shape: RgiShape, layer: number): Float32Array {
  const { layers, style } = shape;
  return requireTensor(weights, 'latent_avg', [layers, style]).slice(layer * style, (layer + 1) * style);
}

/**
 * How a 3-tap transposed convolution by two followed by the blur reads its input: [3·3] for output parity `p`,
 * row = input offset + 1, column = kernel tap.
 */
export function phaseTaps(parity: number): number[][] {
  return [0, 1, 2].map((offset) => [0, 1, 2].map((tap) => blur[tap - (2 * (1 - offset) + parity - 1)] ?? 0));
}
