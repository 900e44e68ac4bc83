import {
  catchError,
  concat,
  EMPTY,
  lastValueFrom,
  map,
  NEVER,
  Subject,
  takeUntil,
  tap,
  type Observable,
} from 'rxjs';
import { InputError } from '../core/errors.ts';
import { FramePool } from '../core/frame.ts';
import type { ParsedFace, TrackedFace } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import { lightFacts } from '../ops/light/light-facts.ts';
import type { SeenLight } from '../ops/light/usual-light.ts';
import type { StageContext } from '../stages/define-stage.ts';
import { StageTimings } from '../stages/timings.ts';
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
  readonly scope: Scope;
  readonly signal?: AbortSignal | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
};

/**
 * Looks at some frames of the whole file for the light that its faces are seen in: the same frames, and so the same
 * light, for a preview or a range as for the whole run. Frames that cannot be decoded are left out; whoever
 * decodes the file says so.
 *
 * @throws {InputError} when the file cannot be read
 */
export async function readTargetLight(
  target: string,
  { track, parse, scope, signal, env }: TargetLightTools,
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
  if (scope.isClosed) return seen;
  const closed = new Subject<void>();
  // Whoever waits for it goes on, to find that the run has ended.
  scope.defer('light of the target', () => {
    closed.next();
  });
  // What is found wrong here, the run itself finds and tells; and its times are of its own frames.
  const context: StageContext = { scope, tell: () => undefined, timings: new StageTimings() };
  await lastValueFrom(
    lookAt(read, work, context).pipe(
      takeUntil(closed),
      tap((item) => {
        for (const { appearance, crop, labels, probabilities } of item.faces) {
          seen.push({ appearance, light: lightFacts(crop, labels, probabilities) });
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
    return scanFrames(read, plan, work, context).pipe(catchError(leaveOut));
  }
  const pool = new FramePool(poolSize({ work: work.holds, sink: 1 }), read.video.layout.bytes);
  const frames = plan.frames.map((frame) => {
    const span = { first: frame, last: frame };
    return spanFrames(read, [span], pool, context, NEVER, 'first').pipe(catchError(leaveOut));
  });
  return concat(...frames).pipe(work.in(context));
}

/** Ends with what there is where the file is damaged; other errors stay errors. */
function leaveOut(error: unknown): Observable<never> {
  if (error instanceof InputError) return EMPTY;
  throw error;
}

function largest(faces: readonly TrackedFace[]): readonly TrackedFace[] {
  if (faces.length <= mostFaces) return faces;
  return [...faces].sort((a, b) => b.box.w * b.box.h - a.box.w * a.box.h).slice(0, mostFaces);
}
