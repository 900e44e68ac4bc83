import { EMPTY, NEVER, Observable, Subject, throwError, toArray, lastValueFrom, concat, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Frame, FramePool, frameLayout, type VideoFormat } from '../../src/core/frame.ts';
import { Item, type Owned } from '../../src/core/item.ts';
import { Scope } from '../../src/core/scope.ts';
import type { Stage, StageContext } from '../../src/stages/define-stage.ts';
import { inScope } from '../../src/stages/in-scope.ts';
import { StageTimings } from '../../src/stages/timings.ts';

/** What the contract needs to know of a stage. */
export type StageSubject<In extends Owned, Out extends Owned> = {
  /** A fresh stage for every case. */
  readonly make: () => Stage<In, Out>;
  /** An input that owns the frame. */
  readonly item: (frame: Frame) => In;
  /** An input without a face, when the stage works on faces. */
  readonly itemWithoutFace?: (frame: Frame) => In;
  /** Number of the frame that an output carries. */
  readonly indexOf: (out: Out) => number;
  readonly video?: VideoFormat;
  /** Outputs a stage gives for n inputs at the end of a stream; default n. */
  readonly outputs?: (inputs: number) => number;
};

/** A small video format for stages that do not look at pixels. */
export const smallVideo: VideoFormat = {
  layout: frameLayout('yuv420p', 16, 16),
  color: { matrix: 'bt709', range: 'limited' },
  timeBase: { num: 1, den: 30 },
};

/** The surroundings of one run, as a pipeline gives them. */
export function stageContext(scope: Scope): StageContext {
  return { scope, tell: () => undefined, timings: new StageTimings() };
}

/** Frames as a decoder gives them: each waits for a free buffer. Ends after `count`. */
export function frames(count: number, pool: FramePool, video: VideoFormat = smallVideo): Observable<Frame> {
  return new Observable((subscriber) => {
    const stop = new AbortController();
    const give = async (): Promise<void> => {
      for (let index = 0; index < count; index++) {
        const data = await pool.acquire(stop.signal);
        if (stop.signal.aborted) {
          pool.give(data);
          return;
        }
        data.fill(index + 16);
        subscriber.next(new Frame({ index, pts: index, isSceneStart: false, format: video, data, pool }));
      }
      subscriber.complete();
    };
    give().catch(() => undefined);
    return () => {
      stop.abort(new Error('stopped'));
    };
  });
}

/** Resolves when a condition holds; rejects after two seconds. */
export async function settles(holds: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error('It did not settle.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The cases that every stage must pass. */
export function stageContract<In extends Owned, Out extends Owned>(
  name: string,
  subject: StageSubject<In, Out>,
): void {
  const { make, item, indexOf, video = smallVideo, outputs = (inputs: number) => inputs } = subject;
  const poolFor = (stage: Stage<In, Out>): FramePool => new FramePool(stage.holds + 2, video.layout.bytes);
  const items = (count: number, pool: FramePool, toItem = item): Observable<In> =>
    new Observable((subscriber) =>
      frames(count, pool, video).subscribe({
        next: (frame) => {
          subscriber.next(toItem(frame));
        },
        complete: () => {
          subscriber.complete();
        },
      }),
    );
  const run = async (count: number, toItem = item): Promise<{ indexes: number[]; pool: FramePool }> => {
    const stage = make();
    const pool = poolFor(stage);
    const indexes: number[] = [];
    await lastValueFrom(
      inScope(
        (scope) =>
          new Observable<number>((subscriber) =>
            items(count, pool, toItem)
              .pipe(stage.in(stageContext(scope)))
              .subscribe({
                next: (out) => {
                  indexes.push(indexOf(out));
                  out.release();
                },
                error: (error: unknown) => {
                  subscriber.error(error);
                },
                complete: () => {
                  subscriber.complete();
                },
              }),
          ),
      ),
      { defaultValue: 0 },
    );
    return { indexes, pool };
  };

  describe(`${name} as a stage`, () => {
    it('completes on an empty stream', async () => {
      const { indexes } = await run(0);
      expect(indexes).toEqual(Array.from({ length: outputs(0) }, (_, i) => i));
    });

    it.each([1, 2, 9])('gives the outputs of %i items in their order and all buffers back', async (count) => {
      const { indexes, pool } = await run(count);
      expect(indexes).toEqual(Array.from({ length: outputs(count) }, (_, i) => i));
      expect(pool.free).toBe(pool.size);
      expect(pool.peakInUse).toBeGreaterThan(0);
    });

    const { itemWithoutFace } = subject;
    it.runIf(itemWithoutFace)('passes items without a face', async () => {
      const { indexes, pool } = await run(5, itemWithoutFace);
      expect(indexes).toEqual([0, 1, 2, 3, 4]);
      expect(pool.free).toBe(pool.size);
    });

    it('lets go of everything when its source fails', async () => {
      const stage = make();
      const pool = poolFor(stage);
      const failing = concat(
        items(2, pool),
        throwError(() => new Error('upstream')),
      );
      const all = lastValueFrom(
        inScope((scope) => releasing(failing.pipe(stage.in(stageContext(scope))))).pipe(toArray()),
      );
      await expect(all).rejects.toThrow('upstream');
      expect(pool.free).toBe(pool.size);
    });

    it('lets go of everything when its source fails at once', async () => {
      const stage = make();
      const all = lastValueFrom(
        inScope((scope) =>
          throwError(() => new Error('at once')).pipe(stage.in(stageContext(scope)) as never),
        ).pipe(toArray()),
      );
      await expect(all).rejects.toThrow('at once');
    });

    it('lets go of everything on unsubscribe midway', async () => {
      const stage = make();
      const pool = poolFor(stage);
      let scope: Scope | undefined;
      const seen = new Subject<void>();
      const subscription = inScope((opened) => {
        scope = opened;
        return releasing(concat(items(3, pool), NEVER).pipe(stage.in(stageContext(opened))));
      }).subscribe({ next: () => seen.next() });
      await settles(() => pool.peakInUse > 0);
      subscription.unsubscribe();
      await scope?.close();
      await settles(() => pool.free === pool.size);
      expect(pool.free).toBe(pool.size);
    });

    it('ends with the reason of an aborted signal, after everything is closed', async () => {
      const stage = make();
      const pool = poolFor(stage);
      const controller = new AbortController();
      let isClosed = false;
      const all = lastValueFrom(
        inScope((scope) => {
          scope.defer('mark', () => {
            isClosed = true;
          });
          return releasing(concat(items(3, pool), NEVER).pipe(stage.in(stageContext(scope))));
        }, controller.signal).pipe(toArray()),
      );
      all.catch(() => undefined);
      await settles(() => pool.peakInUse > 0);
      controller.abort(new Error('enough'));
      await expect(all).rejects.toThrow('enough');
      expect(isClosed).toBe(true);
      await settles(() => pool.free === pool.size);
    });

    it('does nothing before it is subscribed to', () => {
      const stage = make();
      const stream = EMPTY.pipe(stage.in(stageContext(new Scope())) as never);
      expect(stream).toBeInstanceOf(Observable);
    });
  });

  /** Releases every output as it comes and passes on a sign of it. */
  function releasing(source: Observable<Out>): Observable<number> {
    return new Observable((subscriber) =>
      source.subscribe({
        next: (out) => {
          const index = indexOf(out);
          out.release();
          subscriber.next(index);
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      }),
    );
  }
}

/** A stream of one item, for cases of single frames. */
export function single(frame: Frame): Observable<Item<never>> {
  return of(new Item<never>(frame, []));
}
