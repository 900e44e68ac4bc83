import { Frame, FramePool, frameLayout, type FrameLayout, type VideoFormat } from '../../core/frame.ts';
import { Item, type Owned } from '../../core/item.ts';
import { defineStage, type Stage } from '../../stages/define-stage.ts';
import type { PreviewFrame } from './preview-pass.ts';

/** The picture that holds two of a video's, one beside the other: each half begins on a whole chroma sample. */
export function pairFormat(video: VideoFormat): VideoFormat {
  const { format, width, height } = video.layout;
  return { ...video, layout: frameLayout(format, 2 * halfWidth(width), height) };
}

/** Width of a half: the picture's, made even. */
export function halfWidth(width: number): number {
  return width + (width % 2);
}

/** Frames on their way to the encoder. */
const pairsHeld = 3;

/** A preview frame as something a stage can own. */
export type OwnedPreviewFrame = PreviewFrame & Owned;

/** Puts before and after beside each other, as they are, and lets the swapped frame go. */
export function pairFrames(video: VideoFormat): Stage<OwnedPreviewFrame, Item<never>> {
  const format = pairFormat(video);
  return defineStage<OwnedPreviewFrame, Item<never>>({
    name: 'pair',
    concurrency: 1,
    lookahead: 0,
    open({ scope }) {
      const pool = new FramePool(pairsHeld, format.layout.bytes);
      const stop = new AbortController();
      scope.defer('pair: waiting', () => {
        stop.abort(new Error('The run has ended.'));
      });
      return Promise.resolve({
        async process({ item, before }) {
          const { frame } = item;
          const data = await pool.acquire(stop.signal);
          pastePlanes(before, video.layout, data, format.layout, 0);
          pastePlanes(frame.data, video.layout, data, format.layout, halfWidth(video.layout.width));
          const { index, pts } = frame;
          item.release();
          return [new Item<never>(new Frame({ index, pts, isSceneStart: false, format, data, pool }), [])];
        },
      });
    },
  });
}

/** Copies a picture's planes into a wider one, from a column of the luma on. */
function pastePlanes(
  from: Uint8Array,
  fromLayout: FrameLayout,
  to: Uint8Array,
  toLayout: FrameLayout,
  left: number,
): void {
  const size = fromLayout.bytesPerSample;
  fromLayout.planes.forEach((plane, p) => {
    const wide = toLayout.planes[p]!;
    const column = p === 0 ? left : left >> fromLayout.chromaShiftX;
    for (let y = 0; y < plane.height; y++) {
      const start = plane.offset + y * plane.width * size;
      to.set(
        from.subarray(start, start + plane.width * size),
        wide.offset + (y * wide.width + column) * size,
      );
    }
  });
}
