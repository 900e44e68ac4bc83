import type { RgiOptions } from '../../src/ops/graph/rgi-shape.ts';
import { formulaWeights, type FormulaKey } from './formula.ts';
import type { Weights } from '../../src/core/weights.ts';

/** A small net of the published layout, filled from the formula. */
export type TinyNet = {
  readonly weights: Weights;
  readonly options: RgiOptions;
  readonly table: readonly FormulaKey[];
};

export type TinyShape = {
  readonly stem: number;
  readonly body: readonly (readonly [channels: number, stride: number])[];
  readonly taps: readonly number[];
  readonly hidden: number;
  readonly style: number;
  readonly channels: readonly number[];
  readonly maskedLayers: number;
};

/** 32 px, all kinds of layers: masked and not, widths that change and stay, strides with and without shortcut. */
export const tinyShape: TinyShape = {
  stem: 4,
  body: [
    [8, 2],
    [8, 1],
    [16, 2],
    [16, 2],
  ],
  taps: [1, 2, 3],
  hidden: 6,
  style: 8,
  channels: [16, 16, 8, 8],
  maskedLayers: 8,
};

/** A tiny net; `shape` changes some of its sizes. The encoder works on 32x32. */
export function tinyRgi(shape: Partial<TinyShape> = {}): TinyNet {
  const { stem, body, taps, hidden, style, channels, maskedLayers } = { ...tinyShape, ...shape };
  const table: FormulaKey[] = [];
  const put = (key: string, dims: readonly number[], a: number, b: number): void => {
    table.push({ key, shape: dims, dtype: 'float32', a, b });
  };
  const fan = (dims: readonly number[]): number => Math.sqrt(3 / (dims[1]! * dims[2]! * dims[3]!));
  const weight = (key: string, dims: readonly number[]): void => put(key, dims, 0, fan(dims));
  weight('encoder.input_layer.0.weight', [stem, 3, 3, 3]);
  put('encoder.input_layer.2.weight', [stem], 0.25, 0.1);
  let inner = stem;
  body.forEach(([outer], n) => {
    const key = `encoder.body.${n}`;
    if (inner !== outer) weight(`${key}.shortcut_layer.0.weight`, [outer, inner, 1, 1]);
    weight(`${key}.res_layer.1.weight`, [outer, inner, 3, 3]);
    put(`${key}.res_layer.2.weight`, [outer], 0.25, 0.1);
    weight(`${key}.res_layer.3.weight`, [outer, outer, 3, 3]);
    weight(`${key}.res_layer.5.fc1.weight`, [Math.max(1, outer >> 4), outer, 1, 1]);
    weight(`${key}.res_layer.5.fc2.weight`, [outer, Math.max(1, outer >> 4), 1, 1]);
    inner = outer;
  });
  const vector = taps.reduce((sum, tap) => sum + body[tap]![0], 0);
  for (let r = 0; r < 12; r++) {
    put(`MLPs.${r}.mlp.0.weight`, [hidden, vector], 0, 1);
    put(`MLPs.${r}.mlp.0.bias`, [hidden], 0, 0.1);
    put(`MLPs.${r}.mlp.2.weight`, [maskedLayers * style, hidden], 0, 1);
    put(`MLPs.${r}.mlp.2.bias`, [maskedLayers * style], 0, 0.1);
  }
  const modulated = (key: string, c: number, o: number, k: number): void => {
    put(`${key}.conv.weight`, [1, o, c, k, k], 0, 1);
    put(`${key}.conv.modulation.weight`, [c, style], 0, 1);
    put(`${key}.conv.modulation.bias`, [c], 1, 0.1);
  };
  const styled = (key: string, c: number, o: number): void => {
    modulated(key, c, o, 3);
    put(`${key}.noise.weight`, [1], 0.1, 0.05);
    put(`${key}.activate.bias`, [o], 0, 0.1);
  };
  const rgb = (key: string, c: number): void => {
    modulated(key, c, 3, 1);
    put(`${key}.bias`, [1, 3, 1, 1], 0, 0.1);
  };
  put('G.input.input', [1, channels[0]!, 4, 4], 0, 1);
  put('G.noises.noise_0', [1, 1, 4, 4], 0, 1);
  styled('G.conv1', channels[0]!, channels[0]!);
  rgb('G.to_rgb1', channels[0]!);
  for (let level = 1; level < channels.length; level++) {
    const [c, o, size] = [channels[level - 1]!, channels[level]!, 4 << level];
    styled(`G.convs.${2 * level - 2}`, c, o);
    styled(`G.convs.${2 * level - 1}`, o, o);
    rgb(`G.to_rgbs.${level - 1}`, o);
    put(`G.noises.noise_${2 * level - 1}`, [1, 1, size, size], 0, 1);
    put(`G.noises.noise_${2 * level}`, [1, 1, size, size], 0, 1);
  }
  put('latent_avg', [2 * channels.length, style], 0, 0.5);
  const options = {
    num_seg_cls: 12,
    remaining_layer_idx: maskedLayers,
    encoder_size: 32,
    encoder_strides: body.map(([, stride]) => stride),
    encoder_taps: taps,
  };
  return { weights: formulaWeights({ state_dict: table }), options, table };
}
