import type { ImageFeed } from '../core/profile.ts';
import { decodeMesh, meshPoints } from '../ops/decode/facemesh.ts';
import { decodeLandmarks, type LandmarkReading } from '../ops/decode/facet-landmarks.ts';
import { numberParam, unsupported } from './detector.ts';
import type { NetResult } from './net.ts';
import type { OpenedNet } from './opened.ts';

/** What a landmark network told of one crop; `presence` is undefined when the network does not say. */
export type CropReading = Omit<LandmarkReading, 'presence'> & { readonly presence: number | undefined };

/** A landmark network. */
export type LandmarkNet = {
  readonly feed: ImageFeed;
  /** Side S of the crop in pixels. */
  readonly size: number;
  /** Side of the crop in units of the FFHQ quad's. */
  readonly cropScale: number;
  /** How far the crop lies below the FFHQ quad, in units of the distance from eyes to mouth. */
  readonly cropShift: number;
  /**
   * How far apart (1 - cosine) two embeddings are that are as likely of one person as of two: the manifest's
   * `params.embeddingBorder`. Undefined: the embedding, if any, tells nothing.
   */
  readonly embeddingBorder: number | undefined;
  /** True when the network says whether a face is there at all. */
  readonly hasPresence: boolean;
  /** Reads a crop that is laid out as the feed says. Its memory comes back for the next use. */
  run(
    crop: Float32Array<ArrayBuffer>,
  ): Promise<{ readonly reading: CropReading; readonly memory: Float32Array<ArrayBuffer> }>;
};

type Adapter = {
  readonly cropScale: number;
  readonly cropShift: number;
  readonly hasPresence: boolean;
  decode(outputs: NetResult['outputs'], size: number): CropReading;
};

const adapters: Readonly<Record<string, Adapter>> = {
  'facet-landmarks': { cropScale: 1.25, cropShift: 0, hasPresence: true, decode: decodeLandmarks },
  facemesh: {
    // Measured on a photo, anchors moved by up to a fifth of the eyes' distance and turned by 11 degrees: largest error
    // 0.08 of the eyes' distance here, 0.13 in the quad itself.
    cropScale: 0.9,
    cropShift: 0.3,
    hasPresence: false,
    decode(outputs) {
      const all = Object.values(outputs).map(({ data }) => data);
      const mesh = all.find((data) => data.length === 3 * meshPoints);
      if (!(mesh instanceof Float32Array)) throw new RangeError('no output is [468,3]');
      return {
        ...decodeMesh(mesh),
        visibility: new Float32Array(68).fill(1),
        identity: new Float32Array(0),
        expression: new Float32Array(0),
        presence: undefined,
        embedding: undefined,
      };
    },
  },
};

/** Wraps an open network of the role `landmarks`. @throws {ModelError} when there is no adapter for it */
export function landmarksOf({ net, entry }: OpenedNet): LandmarkNet {
  const adapter = adapters[entry.adapter];
  const feed = entry.image;
  if (!adapter || !feed) throw unsupported('landmarks', entry, Object.keys(adapters));
  const size = feed.width;
  const border = entry.params?.['embeddingBorder'];
  return {
    feed,
    size,
    cropScale: numberParam(entry, 'cropScale', adapter.cropScale),
    cropShift: adapter.cropShift,
    embeddingBorder: typeof border === 'number' ? border : undefined,
    hasPresence: adapter.hasPresence,
    async run(crop) {
      const tensor = { data: crop, dims: feed.layout === 'NCHW' ? [1, 3, size, size] : [1, size, size, 3] };
      const { outputs, feeds } = await net.run({ [feed.input]: tensor });
      return {
        reading: adapter.decode(outputs, size),
        memory: feeds[feed.input]!.data as Float32Array<ArrayBuffer>,
      };
    },
  };
}
