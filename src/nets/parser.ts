import { ModelError } from '../core/errors.ts';
import type { BelowCrop } from '../core/faces.ts';
import { regionCount } from '../core/regions.ts';
import type { NetworkEntry } from '../core/profile.ts';
import type { OpenedNet } from './opened.ts';
import type { PixelPool } from './pixels.ts';

/** A parser: aligned crop in, class probabilities out. */
export type ParserNet = {
  /** Side N of its probabilities. */
  readonly size: number;
  /**
   * Reads an aligned crop, [3,S,S] RGB 0…1 -> [12,N,N]; the result is the caller's. With the B rows below it, where
   * {@link rowsBelow} says that the network reads them: [12,N+B·N/S,N].
   */
  run(crop: Float32Array, cropSize: number, below?: BelowCrop): Promise<Float32Array<ArrayBuffer>>;
};

/** How many rows below an aligned crop of `cropSize` a parser reads too; 0 for one that takes the crop only. */
export function rowsBelow(entry: NetworkEntry | undefined, cropSize: number): number {
  const share = entry?.params?.['below'];
  return typeof share === 'number' ? Math.round(share * cropSize) : 0;
}

/** Both give the twelve regions' probabilities; `bisenet` is fed as published (halved bicubically from 1024). */
const adapters = ['facet-parser', 'bisenet'];

/**
 * Wraps an open network of the role `parser`. Its input is made in a pixel worker and its memory used again.
 *
 * @throws {ModelError} when there is no adapter for it
 */
export function parserOf({ net, entry }: OpenedNet, pixels: PixelPool): ParserNet {
  const feed = entry.image;
  if (!adapters.includes(entry.adapter) || feed?.width !== feed?.height || !feed) {
    throw new ModelError(`The parser network ${entry.file} has no adapter: "${entry.adapter}".`, {
      code: 'MODEL_UNSUPPORTED',
      hint: `Use one of ${adapters.join(', ')} in the profile, with a square image input.`,
    });
  }
  const inputSize = feed.width;
  // The published parser halves its input: what comes out is smaller than what goes in. Rows may be more.
  const output = net.info.outputs.find(({ name }) => name === 'probabilities') ?? net.info.outputs[0];
  const side = output?.dims[3];
  const size = typeof side === 'number' ? side : inputSize;
  const spare: Float32Array<ArrayBuffer>[] = [];
  const { layout, channels, mean, std } = feed;
  return {
    size,
    async run(crop, cropSize, below) {
      const rows = cropSize + (below?.rows ?? 0);
      const inputRows = Math.round((rows * inputSize) / cropSize);
      const outputRows = Math.round((rows * size) / cropSize);
      const out = spare.pop();
      const input = await pixels.run(
        'feedCrop',
        { crop, size: cropSize, below, netSize: inputSize, feed: { layout, channels, mean, std }, out },
        out ? [out] : [],
      );
      const dims = layout === 'NCHW' ? [1, 3, inputRows, inputSize] : [1, inputRows, inputSize, 3];
      const { outputs, feeds } = await net.run(
        { [feed.input]: { data: input, dims } },
        output ? { outputs: [output.name] } : {},
      );
      spare.push(feeds[feed.input]!.data as Float32Array<ArrayBuffer>);
      const { data } = Object.values(outputs)[0]!;
      if (!(data instanceof Float32Array) || data.length !== regionCount * outputRows * size) {
        throw new ModelError(`The parser network ${entry.file} gives ${data.length} numbers.`, {
          code: 'MODEL_UNSUPPORTED',
          hint: `Its output probabilities must be [1,${regionCount},${outputRows},${size}].`,
        });
      }
      return data as Float32Array<ArrayBuffer>;
    },
  };
}
