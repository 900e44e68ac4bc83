import type { Observable } from 'rxjs';
import { FramePool } from '../core/frame.ts';
import type { Item } from '../core/item.ts';
import type { FrameTimes } from '../core/media.ts';
import { onlyFrames } from '../ops/stream/only-frames.ts';
import { decode } from '../stages/decode.ts';
import type { StageContext } from '../stages/define-stage.ts';
import { poolSize } from './capacity.ts';
import type { ReadPlan } from './plan-video.ts';
import type { Part } from './swap-work.ts';

/** Frames that are looked at when the whole file is looked through. */
const sampleCount = 48;

/** Which frames of a file to look at, and whether key frames suffice. */
export type ScanPlan = { readonly frames: readonly number[]; readonly isKeyFramesOnly: boolean };

/**
 * Frames spread evenly over a file. Key frames where there are enough of them: nothing else is decoded then, and
 * scenes begin with one.
 *
 * @param leastKeys how many are enough
 */
export function planScan(
  { pts, keyPts, isExact }: FrameTimes,
  most: number = sampleCount,
  leastKeys: number = most / 4,
): ScanPlan {
  const indexOf = new Map<number, number>();
  pts.forEach((at, index) => indexOf.set(at, index));
  const keys = [...keyPts].flatMap((at) => indexOf.get(at) ?? []);
  const isKeyFramesOnly = isExact && keys.length >= leastKeys;
  const all = isKeyFramesOnly ? keys : Array.from(pts, (_, index) => index);
  const count = Math.min(most, all.length);
  // From the middle of each part: the very first frames are often black.
  const frames = Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)]!);
  return { frames, isKeyFramesOnly };
}

/** Decodes some frames of a file and does the work on each by itself. The items are the subscriber's to release. */
export function scanFrames<Face>(
  { ffmpeg, video, times, decode: plan }: ReadPlan,
  { frames, isKeyFramesOnly }: ScanPlan,
  work: Part<never, Face>,
  context: StageContext,
): Observable<Item<Face>> {
  const pool = new FramePool(poolSize({ work: work.holds, sink: 1 }), video.layout.bytes);
  const asked = new Set(frames);
  return decode({
    ffmpeg,
    plan: {
      ...plan,
      startPts: undefined,
      endPts: undefined,
      seekSeconds: undefined,
      ...(times.isExact ? { onlyPts: frames.map((index) => times.pts[index]!) } : {}),
      isKeyFramesOnly,
    },
    video,
    times,
    pool,
    first: 0,
    last: times.pts.length - 1,
    sceneStarts: 'every',
    // Most frames are not asked for; those that do not decode are none.
    onLost: () => undefined,
  })(context).pipe(
    // Where times are not exact, frames can only be counted.
    onlyFrames((index) => asked.has(index)),
    work.in(context),
  );
}
