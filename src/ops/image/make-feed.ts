import type { Transform } from '../../core/geometry.ts';
import type { ImageFeed } from '../../core/profile.ts';
import { warpPlanes, type Planes } from './warp-planes.ts';

/**
 * Turns RGB into what a network takes: its channel order, mean, deviation and layout.
 *
 * Shapes: rgb [3,H,W] 0…1 -> [3,H,W] or [H,W,3]. Overwrites `rgb`; returns it when the layout is the same.
 */
export function feedImage(
  rgb: Float32Array<ArrayBuffer>,
  { mean, std, channels, layout }: Pick<ImageFeed, 'mean' | 'std' | 'channels' | 'layout'>,
): Float32Array<ArrayBuffer> {
  const area = rgb.length / 3;
  for (let c = 0; c < 3; c++) {
    const at = channels === 'RGB' ? c : 2 - c;
    const gain = 1 / std[c]!;
    scale(rgb, at * area, area, mean[c]!, gain);
  }
  if (layout === 'NCHW') {
    if (channels === 'BGR') {
      const red = rgb.slice(0, area);
      rgb.copyWithin(0, 2 * area);
      rgb.set(red, 2 * area);
    }
    return rgb;
  }
  const out = new Float32Array(rgb.length);
  interleave(out, rgb, channels === 'RGB' ? 0 : 2 * area, channels === 'RGB' ? 2 * area : 0);
  return out;
}

// Loops in functions of their own, with arrays and numbers only: V8 compiles each once.

/** Holds values within 0…1, in place. */
export function clampUnit(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    values[i] = value < 0 ? 0 : value > 1 ? 1 : value;
  }
}

function scale(values: Float32Array, from: number, count: number, less: number, gain: number): void {
  for (let i = from; i < from + count; i++) values[i] = (values[i]! - less) * gain;
}

function interleave(out: Float32Array, rgb: Float32Array, first: number, last: number): void {
  const area = rgb.length / 3;
  for (let i = 0; i < area; i++) {
    out[3 * i] = rgb[first + i]!;
    out[3 * i + 1] = rgb[area + i]!;
    out[3 * i + 2] = rgb[last + i]!;
  }
}

/** A part of a frame, wanted as a network's input. */
export type FeedRequest = {
  readonly planes: Planes;
  readonly frameFromCrop: Transform;
  readonly width: number;
  readonly height: number;
  readonly feed: Pick<ImageFeed, 'mean' | 'std' | 'channels' | 'layout'>;
  /** Memory to use, [3 x H x W]. */
  readonly out?: Float32Array<ArrayBuffer> | undefined;
};

/** Cuts a part of a frame and turns it into a network's input. `mean` and `std` are in the network's channel order. */
export function makeFeed({
  planes,
  frameFromCrop,
  width,
  height,
  feed,
  out,
}: FeedRequest): Float32Array<ArrayBuffer> {
  const memory = out?.length === 3 * width * height ? out : new Float32Array(3 * width * height);
  warpPlanes(planes, frameFromCrop, width, height, memory);
  clampUnit(memory);
  return feedImage(memory, feed);
}
