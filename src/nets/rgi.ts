import { ModelError } from '../core/errors.ts';
import type { NetworkEntry } from '../core/profile.ts';
import { regionCount } from '../core/regions.ts';
import type { Tensor } from '../core/tensor.ts';
import { resizePicture } from '../ops/image/resize-picture.ts';
import type { RegionStyles, StyleParts } from '../ops/style/styles.ts';
import type { Net } from './net.ts';

/** The three networks of a regional GAN inversion, open. */
export type RgiNets = { readonly encoder: Net; readonly mapper: Net; readonly generator: Net };

/** What the stages call: picture -> style vectors -> style codes -> picture. */
export type Rgi = {
  /** Crop [3,S,S] RGB 0…1 and label map [S,S] -> style vectors. Leaves its arguments alone. */
  encode(crop: Float32Array, labels: Uint8Array): Promise<RegionStyles>;
  /** Style vectors [12,V] -> style codes [12,L,D]. */
  map(vectors: Float32Array): Promise<Float32Array>;
  /** Style codes and label map [S,S] -> picture [3,S,S] RGB 0…1, clipped. Leaves its arguments alone. */
  generate(codes: Float32Array, labels: Uint8Array): Promise<Float32Array>;
  readonly parts: StyleParts;
};

/**
 * Reads and writes the tensors of the RGI networks (adapter `rgi`): encoder `image` [1,3,P,P] -1…1 and `labels`
 * uint8 [1,S,S] -> `styles` [1,12,V], `counts` int32 [1,12,K]; mapper `styles` -> `codes` [1,12,L,D]; generator
 * `codes`, `labels` -> `image` [1,3,S,S] -1…1.
 *
 * @param entry the profile's encoder: its picture size and `params.parts`, the widths of a style vector's scales
 * @throws {ModelError} MODEL_UNSUPPORTED when the manifest lacks them
 */
export function rgiOf(nets: RgiNets, entry: NetworkEntry): Rgi {
  const parts = entry.params?.['parts'];
  const side = entry.image?.width;
  if (!Array.isArray(parts) || side === undefined) {
    throw new ModelError(`The encoder ${entry.file} does not say its picture size or its style parts.`, {
      code: 'MODEL_UNSUPPORTED',
      hint: 'Import the checkpoint again, or add image and params.parts to the manifest.',
    });
  }
  const codeDims = nets.mapper.info.outputs[0]?.dims.slice(-2).map(Number) ?? [];
  return {
    parts: parts as number[],
    async encode(crop, labels) {
      const size = Math.round(Math.sqrt(labels.length));
      const image = resizePicture(crop, size, side);
      for (let i = 0; i < image.length; i++) image[i] = image[i]! * 2 - 1;
      const { outputs } = await nets.encoder.run({
        image: { data: image, dims: [1, 3, side, side] },
        labels: { data: Uint8Array.from(labels), dims: [1, size, size] },
      });
      return { vectors: floats(outputs['styles']), counts: Int32Array.from(ints(outputs['counts'])) };
    },
    async map(vectors) {
      const dims = [1, regionCount, vectors.length / regionCount];
      const { outputs } = await nets.mapper.run({ styles: { data: Float32Array.from(vectors), dims } });
      return floats(outputs['codes']);
    },
    async generate(codes, labels) {
      const size = Math.round(Math.sqrt(labels.length));
      const { outputs } = await nets.generator.run({
        codes: { data: Float32Array.from(codes), dims: [1, regionCount, ...codeDims] },
        labels: { data: Uint8Array.from(labels), dims: [1, size, size] },
      });
      const image = floats(outputs['image']);
      for (let i = 0; i < image.length; i++) {
        const v = image[i]! * 0.5 + 0.5;
        image[i] = v < 0 ? 0 : v > 1 ? 1 : v;
      }
      return image;
    },
  };
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw missing();
  return tensor.data;
}

function ints(tensor: Tensor | undefined): Int32Array {
  if (!(tensor?.data instanceof Int32Array)) throw missing();
  return tensor.data;
}

function missing(): ModelError {
  return new ModelError('A network of the profile does not give what its adapter rgi expects.', {
    code: 'MODEL_UNSUPPORTED',
    hint: 'Import the checkpoint again with "facet models import".',
  });
}
