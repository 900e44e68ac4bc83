import { map, Subject, tap, type Observable } from 'rxjs';
import type { TrackedFace } from '../../core/faces.ts';
import { FramePool } from '../../core/frame.ts';
import type { Item } from '../../core/item.ts';
import type { PlacedLabels } from '../../ops/labels/overlay-labels.ts';
import type { StageContext } from '../../stages/define-stage.ts';
import type { FrameSpan } from '../frame-range.ts';
import { poolSize } from '../capacity.ts';
import type { SwapPlan } from '../plan.ts';
import type { ReadPlan } from '../plan-video.ts';
import { swapWork, type SwapCount, type SwapTools, type SwapView } from '../swap-work.ts';
import { spanFrames } from '../span-frames.ts';
import { isWithin, type WorkSpan } from './work-spans.ts';

/** What is known of a swapped frame besides its picture. */
export type FrameFacts = {
  /** The planes as they were decoded. */
  readonly before: Uint8Array;
  /** Every face that was found. */
  readonly tracked: readonly TrackedFace[];
  /** Ids of those that were chosen. */
  readonly chosen: readonly number[];
  /** Label maps of the chosen faces as read off the target, and as generated into. */
  readonly targetLabels: readonly PlacedLabels[];
  readonly swappedLabels: readonly PlacedLabels[];
};

/** A wanted frame, swapped; the item is the subscriber's to release. */
export type PreviewFrame = FrameFacts & { readonly item: Item<unknown> };

/** Items that whoever subscribes to a pass may hold at once. */
const sinkHolds = 2;

/** Swaps the wanted frames of some parts of a file, and hands them out with what was seen on the way. */
export function previewPass({
  read,
  spans,
  plan,
  tools,
  count,
  context,
  onUnsure,
}: {
  readonly read: ReadPlan;
  readonly spans: readonly WorkSpan[];
  readonly plan: SwapPlan;
  readonly tools: SwapTools;
  readonly count: SwapCount;
  readonly context: StageContext;
  /** Told where frames before the parts may have a say in who is the largest of several faces. */
  readonly onUnsure?: (() => void) | undefined;
}): Observable<PreviewFrame> {
  const wanted = new Set(spans.flatMap((span) => span.wanted));
  const facts = new Map<number, Partial<FrameFacts>>();
  const add = (index: number, more: Partial<FrameFacts>): void => {
    facts.set(index, { ...facts.get(index), ...more });
  };
  const isPlaced = (index: number): boolean => spans.some(({ placed: parts }) => isWithin(parts, index));
  const view: SwapView = {
    isPlaced,
    part: onUnsure && {
      knownFrom: (index) => spans.find((span) => isWithin([span], index))?.knownFrom ?? 0,
      onUnsure: (index) => {
        if (isPlaced(index)) onUnsure();
      },
    },
    isRead: (index) => spans.some(({ read: parts }) => isWithin(parts, index)),
    isWanted: (index) => wanted.has(index),
    onTracked: ({ frame, faces }) => {
      if (wanted.has(frame.index)) add(frame.index, { tracked: faces });
    },
    onRead: ({ frame, faces }) => {
      add(frame.index, {
        before: Uint8Array.from(frame.data),
        chosen: faces.map(({ trackId }) => trackId),
        targetLabels: faces.map(copied),
      });
    },
    onSwapped: ({ frame, faces }) => {
      add(frame.index, { swappedLabels: faces.map(copied) });
    },
  };
  const work = swapWork(plan, tools, count, view);
  const pool = new FramePool(poolSize({ work: work.holds, sink: sinkHolds }), read.video.layout.bytes);
  // What follows the last wanted frame of a part has been waited for long enough.
  const done = new Subject<FrameSpan>();
  const sceneStarts = tools.hasHistory === true ? 'found' : 'first';
  return spanFrames(read, spans, pool, context, done, sceneStarts).pipe(
    work.in(context, read.video),
    map((item) => {
      const { index } = item.frame;
      const known = facts.get(index) as FrameFacts;
      facts.delete(index);
      return { item, ...known };
    }),
    tap(({ item }) => {
      const span = spans.find((one) => one.wanted.at(-1) === item.frame.index);
      if (span) done.next(span);
    }),
  );
}

/** Label maps are kept, so they are copied: their arrays may be handed over to a worker. */
function copied({ labels, cropSize, cropFromFrame, frameFromCrop }: PlacedLabels): PlacedLabels {
  return { labels: Uint8Array.from(labels), cropSize, cropFromFrame, frameFromCrop };
}
