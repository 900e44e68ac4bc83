import { Frame, FramePool, frameLayout, type VideoFormat } from '../core/frame.ts';
import type { Photo } from '../media/photo.ts';

/**
 * Turns a photo into a frame of a stream of its own, so that the stages which read faces off videos read them
 * off photos too: 4:4:4, full range, BT.709, one level of rounding.
 */
export function photoFrame({ width, height, rgb }: Photo): Frame {
  const layout = frameLayout('yuv444p', width, height);
  const format: VideoFormat = {
    layout,
    color: { matrix: 'bt709', range: 'full' },
    timeBase: { num: 1, den: 25 },
  };
  const data = new Uint8Array(new SharedArrayBuffer(layout.bytes));
  const area = width * height;
  for (let i = 0; i < area; i++) {
    const r = rgb[i * 3]!;
    const g = rgb[i * 3 + 1]!;
    const b = rgb[i * 3 + 2]!;
    const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    data[i] = y + 0.5;
    data[area + i] = Math.min(255, 128.5 + (b - y) / 1.8556);
    data[2 * area + i] = Math.min(255, 128.5 + (r - y) / 1.5748);
  }
  return new Frame({
    index: 0,
    pts: 0,
    isSceneStart: false,
    format,
    data,
    pool: new FramePool(1, 0),
  });
}
