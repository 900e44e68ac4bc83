import { ModelError } from '../../core/errors.ts';
import { regionCount } from '../../core/regions.ts';
import type { Weights } from '../../core/weights.ts';

/** What an RGI checkpoint's option record says beside its tensors; other entries are ignored. */
export type RgiOptions = Readonly<Record<string, unknown>>;

export type EncoderBlock = { readonly inner: number; readonly outer: number; readonly stride: number };

/** Widths of an RGI net (Net3 of E4S), read off its tensors. */
export type RgiShape = {
  /** Side of the picture the encoder works on. */
  readonly encoderSize: number;
  readonly stem: number;
  readonly blocks: readonly EncoderBlock[];
  /** Blocks whose outputs are averaged per region, fine to coarse. */
  readonly taps: readonly number[];
  /** Style vector width V: the sum of the taps' channels. */
  readonly vector: number;
  readonly hidden: number;
  /** Layers L of a style code, and its width D. */
  readonly layers: number;
  readonly style: number;
  /** K: how many layers take regional codes; the others use `latent_avg`. */
  readonly maskedLayers: number;
  /** Generator channels at 4, 8, 16, … */
  readonly channels: readonly number[];
};

/** The key's shape. @throws {ModelError} MODEL_UNSUPPORTED when it is missing */
export function requireDims(weights: Weights, key: string): readonly number[] {
  const dims = weights.dims(key);
  if (!dims) {
    throw new ModelError(`The checkpoint has no tensor "${key}".`, {
      code: 'MODEL_UNSUPPORTED',
      hint: 'Use a checkpoint of the regional inversion network (iteration_300000.pt of E4S).',
    });
  }
  return dims;
}

/** Values of a tensor with exactly this shape. @throws {ModelError} MODEL_UNSUPPORTED */
export function requireTensor(weights: Weights, key: string, dims: readonly number[]): Float32Array {
  const found = requireDims(weights, key);
  if (found.length !== dims.length || found.some((size, i) => size !== dims[i])) {
    throw new ModelError(`Tensor "${key}" is [${found.join(',')}], expected [${dims.join(',')}].`, {
      code: 'MODEL_UNSUPPORTED',
      hint: 'The checkpoint is of another network or damaged; fetch it again.',
    });
  }
  return weights.read(key);
}

/** Reads the widths of an RGI net. `latent_avg` is expected among the weights. */
export function rgiShape(weights: Weights, options: RgiOptions): RgiShape {
  const strides = integerList(options['encoder_strides']);
  const taps = integerList(options['encoder_taps']) ?? [6, 20, 23];
  const stem = requireDims(weights, 'encoder.input_layer.0.weight')[0]!;
  const blocks: EncoderBlock[] = [];
  for (let n = 0; weights.dims(`encoder.body.${n}.res_layer.1.weight`); n++) {
    const [outer = 0, inner = 0] = requireDims(weights, `encoder.body.${n}.res_layer.1.weight`);
    // Published: the first block of each of the four groups halves the size (E4S a.1).
    const stride = strides ? (strides[n] ?? 1) : [0, 3, 7, 21].includes(n) ? 2 : 1;
    blocks.push({ inner, outer, stride });
  }
  const channels = [requireDims(weights, 'G.input.input')[1]!];
  for (let n = 1; weights.dims(`G.convs.${n}.conv.weight`); n += 2) {
    channels.push(requireDims(weights, `G.convs.${n}.conv.weight`)[1]!);
  }
  const [layers = 0, style = 0] = requireDims(weights, 'latent_avg');
  const vector = taps.reduce((sum, tap) => sum + (blocks[tap]?.outer ?? NaN), 0);
  const hidden = requireDims(weights, 'MLPs.0.mlp.0.weight')[0]!;
  const maskedLayers = requireDims(weights, 'MLPs.0.mlp.2.weight')[0]! / style;
  const stated = options['remaining_layer_idx'] ?? maskedLayers;
  const regions = options['num_seg_cls'] ?? regionCount;
  const isWhole =
    layers === 2 * channels.length &&
    Number.isInteger(vector) &&
    maskedLayers === stated &&
    regions === regionCount;
  if (!isWhole || maskedLayers > layers) {
    throw new ModelError(
      `The checkpoint's parts do not fit together: ${layers} latent rows, ${channels.length} sizes, ` +
        `${maskedLayers} regional layers (${String(stated)} stated), ${String(regions)} regions.`,
      {
        code: 'MODEL_UNSUPPORTED',
        hint: 'Only networks of the published E4S layout with 12 regions can be imported.',
      },
    );
  }
  const encoderSize = typeof options['encoder_size'] === 'number' ? options['encoder_size'] : 256;
  return { encoderSize, stem, blocks, taps, vector, hidden, layers, style, maskedLayers, channels };
}

/** Side of the largest picture the generator makes. */
export function generatorSize(shape: RgiShape): number {
  return 4 << (shape.channels.length - 1);
}

function integerList(value: unknown): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map((item) => (typeof item === 'number' && Number.isInteger(item) && item >= 0 ? item : NaN));
}
