import {
  asapScheduler,
  concat,
  defer,
  EMPTY,
  map,
  observeOn,
  Subject,
  takeUntil,
  tap,
  type Observable,
} from 'rxjs';
import type { Tell } from '../../core/events.ts';
import type { StageContext } from '../../stages/define-stage.ts';
import type { ReadPlan } from '../plan-video.ts';
import type { SwapPlan } from '../plan.ts';
import { reachOf, type SwapCount, type SwapTools } from '../swap-work.ts';
import { previewPass, type PreviewFrame } from './preview-pass.ts';
import { workSpans } from './work-spans.ts';

export type PreviewFramesOptions = {
  readonly read: ReadPlan;
  /** Frame numbers, any order. */
  readonly wanted: readonly number[];
  readonly plan: SwapPlan;
  readonly tools: SwapTools;
  readonly count: SwapCount;
  readonly context: StageContext;
};

/** The wanted frames in order, swapped as in a run of the whole file. */
export function previewFrames(options: PreviewFramesOptions): Observable<PreviewFrame> {
  const { read, wanted, plan, tools, context } = options;
  if (tools.hasHistory !== true) return surely(options);
  // With what was before it, every part is a run of its own; the last one knows whether there was a face at all.
  const spans = workSpans(wanted, reachOf(plan, tools), read.times.pts.length);
  return concat(
    ...spans.map((span, i) =>
      defer(() =>
        surely({
          ...options,
          wanted: span.wanted,
          ...(i === spans.length - 1 ? {} : notLast(plan, context)),
        }),
      ),
    ),
  );
}

/** For a part that others follow: says nothing about faces that are in none of its frames. */
function notLast(plan: SwapPlan, context: StageContext): Pick<PreviewFramesOptions, 'plan' | 'context'> {
  const tell: Tell = (event) => {
    if (event.event !== 'warning' || event.code !== 'NO_FACE_IN_TARGET') context.tell(event);
  };
  return { plan: { ...plan, requireFace: false }, context: { ...context, tell } };
}

/**
 * Works from near first: with one face, or one that stands out, it makes no difference what was long before. As soon as it
 * may make one, what is still wanted is begun anew, from further away.
 */
function surely({ wanted, ...options }: PreviewFramesOptions): Observable<PreviewFrame> {
  const { read, plan, tools, count } = options;
  const spansOf = (frames: readonly number[], isFar: boolean) =>
    workSpans(frames, reachOf(plan, tools, isFar), read.times.pts.length);
  return defer(() => {
    const left = new Set(wanted);
    const unsure = new Subject<void>();
    let isUnsure = false;
    let swapped = count.framesSwapped;
    let ids = 0;
    const near = previewPass({
      ...options,
      spans: spansOf(wanted, false),
      onUnsure: () => {
        isUnsure = true;
        unsure.next();
      },
    }).pipe(
      // Not from within the stage that says so; nothing that follows it is that fast.
      takeUntil(unsure.pipe(observeOn(asapScheduler))),
      tap(({ item, tracked, chosen }) => {
        left.delete(item.frame.index);
        if (chosen.length > 0) swapped += 1;
        for (const { trackId } of tracked) ids = Math.max(ids, trackId + 1);
      }),
    );
    const far = defer(() => {
      if (!isUnsure) return EMPTY;
      count.framesSwapped = swapped;
      const frames = previewPass({ ...options, spans: spansOf([...left], true) });
      // Who was who in the first try is not known.
      return tools.hasHistory === true ? frames : frames.pipe(map((frame) => renumbered(frame, ids)));
    });
    return concat(near, far);
  });
}

function renumbered(frame: PreviewFrame, by: number): PreviewFrame {
  return {
    ...frame,
    tracked: frame.tracked.map((face) => ({ ...face, trackId: face.trackId + by })),
    chosen: frame.chosen.map((trackId) => trackId + by),
  };
}
