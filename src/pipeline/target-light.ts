import { lastValueFrom, map, NEVER, Subject, takeUntil, tap, type Observable } from 'rxjs';
import { FramePool } from '../core/frame.ts';
import type { ParsedFace, TrackedFace } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import { lightFacts } from '../ops/light/light-facts.ts';
import type { SeenLight } from '../ops/light/usual-light.ts';
import type { StageContext } from '../stages/define-stage.ts';
import { poolSize } from './capacity.ts';
import { planRead, type ReadPlan } from './plan-video.ts';
import { planScan, scanFrames } from './scan-frames.ts';
import { spanFrames } from './span-frames.ts';
import type { Part } from './swap-work.ts';

/** Frames that are looked at, spread over the file. */
const looks = 8;
/** Faces of a frame that are looked at: the largest. */
const mostFaces = 4;
/** A file of so many frames is decoded whole; of a longer one key frames suffice, if there are some. */
const shortFrames = 250;
/** A file of more frames is sought through; a shorter one is sooner read from its beginning to its end. */
const longFrames = 1500;

export type TargetLightTools = {
  /** Detect and track, for frames that are looked at each by itself; and align and parse. */
  readonly track: Part<never, TrackedFace>;
  readonly parse: Part<TrackedFace, ParsedFace>;
  readonly context: StageContext;
  readonly signal?: AbortSignal | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
};

/**
 * Looks at some frames of the whole file for the light that its faces are seen in: the same frames, and so the same
 * light, for a preview or a range as for the whole run.
 *
 * @throws {InputError} when the file cannot be read
 */
export async function readTargetLight(
  target: string,
  { track, parse, context, signal, env }: TargetLightTools,
): Promise<readonly SeenLight[]> {
  const read = await planRead(target, {}, { env, signal });
  const work: Part<never, ParsedFace> = {
    holds: track.holds + parse.holds,
    in: (own) => (items) =>
      items.pipe(
        track.in(own),
        map((item) => item.with(largest(item.faces))),
        parse.in(own),
      ),
  };
  const seen: SeenLight[] = [];
  if (context.scope.isClosed) return seen;
  const closed = new Subject<void>();
  // Whoever waits for it goes on, to find that the run has ended.
  context.scope.defer('light of the target', () => {
    closed.next();
  });
  await lastValueFrom(
    lookAt(read, work, context).pipe(
      takeUntil(closed),
      tap((item) => {
        for (const { appearance, crop, labels } of item.faces) {
          seen.push({ appearance, light: lightFacts(crop, labels) });
        }
        item.release();
      }),
    ),
    { defaultValue: undefined },
  );
  return seen;
}

/** The frames that are looked at, with the faces of each. */
function lookAt<Face>(
  read: ReadPlan,
  work: Part<never, Face>,
  context: StageContext,
): Observable<Item<Face>> {
  const { isExact, pts } = read.times;
  const plan = planScan(read.times, looks, pts.length <= shortFrames ? Infinity : undefined);
  if (!isExact || pts.length <= longFrames) {
    return scanFrames(read, plan, work, context);
  }
  const spans = plan.frames.map((frame) => ({ first: frame, last: frame }));
  const pool = new FramePool(poolSize({ work: work.holds, sink: 1 }), read.video.layout.bytes);
  return spanFrames(read, spans, pool, context, NEVER, 'first').pipe(work.in(context));
}

function largest(faces: readonly TrackedFace[]): readonly TrackedFace[] {
  if (faces.length <= mostFaces) return faces;
  return [...faces].sort((a, b) => b.box.w * b.box.h - a.box.w * a.box.h).slice(0, mostFaces);
}
