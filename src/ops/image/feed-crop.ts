import type { ImageFeed } from '../../core/profile.ts';
import { feedImage } from './make-feed.ts';
import { reduceCubic } from './reduce-cubic.ts';
import { resizeSquare } from './resize-square.ts';

/** An aligned crop, wanted as a network's input. */
export type CropFeedRequest = {
  /** [3,S,S] RGB 0…1; read only. */
  readonly crop: Float32Array;
  readonly size: number;
  /** Side of the network's input. */
  readonly netSize: number;
  readonly feed: Pick<ImageFeed, 'mean' | 'std' | 'channels' | 'layout'>;
  /** Memory to use, [3,N,N]. */
  readonly out?: Float32Array<ArrayBuffer> | undefined;
};

/** Turns an aligned crop into a network's input: halved as E4S does it where that fits, else bilinear; 0…1. */
export function feedCrop({ crop, size, netSize, feed, out }: CropFeedRequest): Float32Array<ArrayBuffer> {
  let rgb = out?.length === 3 * netSize * netSize ? out : new Float32Array(3 * netSize * netSize);
  if (size === 2 * netSize) rgb = reduceCubic(crop, size);
  else resizeSquare(crop, size, netSize, rgb);
  for (let i = 0; i < rgb.length; i++) {
    const value = rgb[i]!;
    rgb[i] = value < 0 ? 0 : value > 1 ? 1 : value;
  }
  return feedImage(rgb, feed);
}
