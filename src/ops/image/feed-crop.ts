import type { BelowCrop } from '../../core/faces.ts';
import type { ImageFeed } from '../../core/profile.ts';
import { joinRows } from './join-rows.ts';
import { clampUnit, feedImage } from './make-feed.ts';
import { reduceCubic } from './reduce-cubic.ts';
import { resizeSquare } from './resize-square.ts';

/** An aligned crop, wanted as a network's input. */
export type CropFeedRequest = {
  /** [3,S,S] RGB 0…1; read only. */
  readonly crop: Float32Array;
  readonly size: number;
  /** What is below the crop, where the network is to see that too. */
  readonly below?: BelowCrop | undefined;
  /** Side N of the network's input. */
  readonly netSize: number;
  readonly feed: Pick<ImageFeed, 'mean' | 'std' | 'channels' | 'layout'>;
  /** Memory to use, [3,M,N], M >= N rows. */
  readonly out?: Float32Array<ArrayBuffer> | undefined;
};

/**
 * Turns an aligned crop into a network's input: halved as E4S does it where that fits, else bilinear; 0…1.
 *
 * Shapes: crop [3,S,S], below [3,B,S] -> [3,N+B·N/S,N] or the same with the channels last.
 */
export function feedCrop({
  crop,
  size,
  below,
  netSize,
  feed,
  out,
}: CropFeedRequest): Float32Array<ArrayBuffer> {
  const rows = size + (below?.rows ?? 0);
  const length = 3 * netSize * Math.round((rows * netSize) / size);
  let rgb = out?.length === length ? out : new Float32Array(length);
  if (below) resizeSquare(joinRows(crop, size * size, below), size, netSize, rgb, rows);
  else if (size === 2 * netSize) rgb = reduceCubic(crop, size);
  else resizeSquare(crop, size, netSize, rgb);
  clampUnit(rgb);
  return feedImage(rgb, feed);
}
