import { ModelError } from '../core/errors.ts';
import type { NetworkEntry } from '../core/profile.ts';
import { regionCount } from '../core/regions.ts';
import type { Tensor } from '../core/tensor.ts';
import { resizePicture } from '../ops/image/resize-picture.ts';
import type { RegionStyles, StyleParts } from '../ops/style/styles.ts';
import { facesPerRun } from './choose-device.ts';
import type { Net } from './net.ts';

/** The three networks of a regional GAN inversion, open. */
export type RgiNets = { readonly encoder: Net; readonly mapper: Net; readonly generator: Net };

/** What a face is generated from: style codes [12,L,D] and label map [S,S]. */
export type FaceCodes = { readonly codes: Float32Array; readonly labels: Uint8Array };

/** What the stages call: picture -> style vectors -> style codes -> picture. */
export type Rgi = {
  /** Crop [3,S,S] RGB 0…1 and label map [S,S] -> style vectors. Leaves its arguments alone. */
  encode(crop: Float32Array, labels: Uint8Array): Promise<RegionStyles>;
  /** Style vectors [12,V] -> style codes [12,L,D]. */
  map(vectors: Float32Array): Promise<Float32Array>;
  /**
   * Style codes and label maps [S,S] of faces, all of one size -> their pictures [3,S,S] RGB 0…1, clipped. Leaves its
   * arguments alone. Several go in one run where the device gains by it ({@link facesPerRun}).
   */
  generate(faces: readonly FaceCodes[]): Promise<readonly Float32Array[]>;
  readonly parts: StyleParts;
};

/**
 * Reads and writes the tensors of the RGI networks (adapter `rgi`): encoder `image` [1,3,P,P] -1…1 and `labels`
 * uint8 [1,S,S] -> `styles` [1,12,V], `counts` int32 [1,12,K]; mapper `styles` -> `codes` [1,12,L,D]; generator
 * `codes` [B,12,L,D], `labels` [B,S,S] -> `image` [B,3,S,S] -1…1. A generator of an earlier facet takes B = 1 only.
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
  const most = facesTogether(nets.generator);
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
    async generate(faces) {
      const runs: Promise<readonly Float32Array[]>[] = [];
      for (let at = 0; at < faces.length; at += most) {
        runs.push(generateTogether(nets.generator, faces.slice(at, at + most), codeDims));
      }
      return (await Promise.all(runs)).flat();
    },
  };
}

/** One run of the generator: all faces together. */
async function generateTogether(
  generator: Net,
  faces: readonly FaceCodes[],
  codeDims: readonly number[],
): Promise<readonly Float32Array[]> {
  const count = faces.length;
  const [codesEach, labelsEach] = [faces[0]!.codes.length, faces[0]!.labels.length];
  const codes = new Float32Array(count * codesEach);
  const labels = new Uint8Array(count * labelsEach);
  for (const [i, face] of faces.entries()) {
    codes.set(face.codes, i * codesEach);
    labels.set(face.labels, i * labelsEach);
  }
  const size = Math.round(Math.sqrt(labelsEach));
  const { outputs } = await generator.run({
    codes: { data: codes, dims: [count, regionCount, ...codeDims] },
    labels: { data: labels, dims: [count, size, size] },
  });
  const images = floats(outputs['image']);
  for (let i = 0; i < images.length; i++) {
    const v = images[i]! * 0.5 + 0.5;
    images[i] = v < 0 ? 0 : v > 1 ? 1 : v;
  }
  if (count === 1) return [images];
  // Each its own memory: pictures are handed over one by one.
  const each = images.length / count;
  return faces.map((_, i) => images.slice(i * each, (i + 1) * each));
}

/** How many faces a run of this generator makes at most: 1 where its file or the device takes no more. */
function facesTogether({ info, provider }: Net): number {
  const side = Number(info.outputs.find(({ name }) => name === 'image')?.dims.at(-1));
  const [count] = info.inputs.find(({ name }) => name === 'labels')?.dims ?? [];
  return typeof count === 'string' || count === -1 ? facesPerRun(provider, side) : 1;
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
