import { map, type Observable } from 'rxjs';
import { FramePool } from '../../core/frame.ts';
import type { FrameTimes } from '../../core/media.ts';
import { sampledFace, type Sample } from '../../ops/preview/telling-moments.ts';
import { gridDistance, isNewPicture, lumaOf, lumaGrid } from '../../ops/scene/scene-cut.ts';
import { onlyFrames } from '../../ops/stream/only-frames.ts';
import { decode } from '../../stages/decode.ts';
import type { StageContext } from '../../stages/define-stage.ts';
import { poolSize } from '../capacity.ts';
import type { ReadPlan } from '../plan-video.ts';
import type { SwapTools } from '../swap-work.ts';

/** Frames that are looked at when the whole file is looked through. */
const sampleCount = 48;

/** Which frames of a file to look at, and whether key frames suffice. */
export type ScanPlan = { readonly frames: readonly number[]; readonly isKeyFramesOnly: boolean };

/**
 * Frames spread evenly over a file. Key frames where there are enough of them: nothing else is decoded then, and
 * scenes begin with one.
 */
export function planScan({ pts, keyPts, isExact }: FrameTimes, most: number = sampleCount): ScanPlan {
  const indexOf = new Map<number, number>();
  pts.forEach((at, index) => indexOf.set(at, index));
  const keys = [...keyPts].flatMap((at) => indexOf.get(at) ?? []);
  const isKeyFramesOnly = isExact && keys.length >= most / 4;
  const all = isKeyFramesOnly ? keys : Array.from(pts, (_, index) => index);
  const count = Math.min(most, all.length);
  // From the middle of each part: the very first frames are often black.
  const frames = Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)]!);
  return { frames, isKeyFramesOnly };
}

/** Looks at some frames of a file, each by itself: who is there, how large, turned, open-mouthed and covered. */
export function scan(
  read: ReadPlan,
  { frames, isKeyFramesOnly }: ScanPlan,
  tools: Pick<SwapTools, 'track' | 'freshTrack'>,
  context: StageContext,
): Observable<Sample> {
  const { ffmpeg, video, times } = read;
  const track = tools.freshTrack ?? tools.track;
  const pool = new FramePool(poolSize({ work: track.holds, sink: 1 }), video.layout.bytes);
  const last = times.pts.length - 1;
  const asked = new Set(frames);
  let before: Float32Array | undefined;
  let scene = 0;
  return decode({
    ffmpeg,
    plan: {
      ...read.decode,
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
    last,
    sceneStarts: 'every',
    // Most frames are not asked for; those that do not decode are no moments.
    onLost: () => undefined,
  })(context).pipe(
    // Where times are not exact, frames can only be counted.
    onlyFrames((index) => asked.has(index)),
    track.in(context),
    map((item): Sample => {
      const { frame, faces } = item;
      const { luma, peak } = lumaOf(frame.data, frame.format.layout);
      const grid = lumaGrid(luma, frame.format.layout, peak);
      if (before && isNewPicture(gridDistance(before, grid))) scene += 1;
      before = grid;
      item.release();
      return { frame: frame.index, scene, faces: faces.map(sampledFace) };
    }),
  );
}
