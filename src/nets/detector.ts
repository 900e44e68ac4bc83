import { ModelError } from '../core/errors.ts';
import type { Detection } from '../core/faces.ts';
import type { ImageFeed, NetworkEntry } from '../core/profile.ts';
import { decodeDetections, type DetectorScores } from '../ops/decode/yunet.ts';
import type { OpenedNet } from './opened.ts';

/** A face detector: an adapter of the YuNet family. */
export type Detector = {
  readonly feed: ImageFeed;
  /** True when the network takes pictures of one size only: that of the feed. */
  readonly isFixedSize: boolean;
  /** Sides must divide by this. */
  readonly step: number;
  /** Faces below this score are not reported. */
  readonly minScore: number;
  /**
   * Finds faces in a picture that is laid out as the feed says; places are in its pixels. The picture's memory
   * comes back for the next use.
   */
  run(
    picture: Float32Array<ArrayBuffer>,
    size: { readonly width: number; readonly height: number },
  ): Promise<{ readonly found: readonly Detection[]; readonly memory: Float32Array<ArrayBuffer> }>;
};

const scoresOf: Readonly<Record<string, DetectorScores>> = {
  'facet-detector': 'score',
  yunet: 'class-objectness',
};

/** Wraps an open network of the role `detector`. @throws {ModelError} when there is no adapter for it */
export function detectorOf({ net, entry }: OpenedNet): Detector {
  const scores = scoresOf[entry.adapter];
  const feed = entry.image;
  if (!scores || !feed) throw unsupported('detector', entry, Object.keys(scoresOf));
  const dims = net.info.inputs.find(({ name }) => name === feed.input)?.dims ?? [];
  const isFixedSize = dims.length === 4 && typeof dims[2] === 'number' && typeof dims[3] === 'number';
  const minScore = numberParam(entry, 'minScore', 0.5);
  return {
    feed,
    isFixedSize,
    step: 32,
    minScore,
    async run(picture, size) {
      const { width, height } = size;
      const tensor = {
        data: picture,
        dims: feed.layout === 'NCHW' ? [1, 3, height, width] : [1, height, width, 3],
      };
      const { outputs, feeds } = await net.run({ [feed.input]: tensor });
      return {
        found: decodeDetections(outputs, size, scores, minScore),
        memory: feeds[feed.input]!.data as Float32Array<ArrayBuffer>,
      };
    },
  };
}

/** A number of the manifest that the adapter understands, or its default. */
export function numberParam(entry: NetworkEntry, name: string, otherwise: number): number {
  const value = entry.params?.[name];
  return typeof value === 'number' ? value : otherwise;
}

/** The manifest names an adapter that this role does not have, or gives it no image feed. */
export function unsupported(role: string, entry: NetworkEntry, adapters: readonly string[]): ModelError {
  const message = adapters.includes(entry.adapter)
    ? `The ${role} network ${entry.file} has no image feed in its manifest.`
    : `The adapter ${entry.adapter} cannot be used as ${role}.`;
  return new ModelError(message, {
    code: 'MODEL_UNSUPPORTED',
    hint: `Check the manifest; the adapters of the role ${role} are ${adapters.join(', ')}.`,
  });
}
