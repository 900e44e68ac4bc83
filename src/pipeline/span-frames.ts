import { concat, filter, takeUntil, type Observable } from 'rxjs';
import type { FramePool } from '../core/frame.ts';
import type { Item } from '../core/item.ts';
import { decode } from '../stages/decode.ts';
import type { StageContext } from '../stages/define-stage.ts';
import type { FrameSpan } from './frame-range.ts';
import { narrowRead, type ReadPlan } from './plan-video.ts';

/**
 * The frames of some parts of a file, one part after the other. Each is sought to. A part ends early when `done` says so.
 *
 * @param sceneStarts `first`: the first frame of a part is flagged as the start of a scene, so that nothing is carried over
 *   from the part before; `found`: only where a cut is found, which is right for a single part
 */
export function spanFrames(
  plan: ReadPlan,
  spans: readonly FrameSpan[],
  pool: FramePool,
  context: StageContext,
  done: Observable<FrameSpan>,
  sceneStarts: 'found' | 'first',
): Observable<Item<never>> {
  return concat(
    ...spans.map((span) => {
      // A single frame begins a scene whatever was before it.
      const isAlone = sceneStarts === 'first' && span.first === span.last;
      const { ffmpeg, decode: part, video, times } = narrowRead(plan, span, isAlone ? 0 : undefined);
      return decode({
        ffmpeg,
        plan: part,
        video,
        times,
        pool,
        first: span.first,
        last: span.last,
        sceneStarts: span.first === 0 ? 'found' : sceneStarts,
        onLost: (count) => {
          if (count === 0) return;
          context.tell({
            event: 'warning',
            code: 'FRAMES_LOST',
            message: `${count} of the frames ${span.first}-${span.last} could not be decoded.`,
          });
        },
      })(context).pipe(takeUntil(done.pipe(filter((one) => one === span))));
    }),
  );
}
