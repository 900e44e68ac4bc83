import { Observable, Subscription, type OperatorFunction } from 'rxjs';
import { FacetError } from '../core/errors.ts';
import type { Tell } from '../core/events.ts';
import type { Owned } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import type { StageTimings } from './timings.ts';

/** What a run gives to each of its stages. */
export type StageContext = {
  readonly scope: Scope;
  readonly tell: Tell;
  readonly timings: StageTimings;
};

/** One subscription's worth of a stage. */
export type StageRun<In, Out> = {
  /** Turns one input into 0, 1 or more outputs. Owns the input from the call on; throws without releasing it. */
  process(input: In): readonly Out[] | Promise<readonly Out[]>;
  /** Hands out what is kept back, at the end of the stream; may be asynchronous. */
  flush?(): readonly Out[] | Promise<readonly Out[]>;
  /** Releases what is kept back, when the stream stops early. Synchronous. */
  drop?(): void;
};

export type StageSpec<In, Out> = {
  /** Name in events, errors and benchmarks. */
  readonly name: string;
  /** Inputs worked on at once; 1 = has state and sees frames in order. */
  readonly concurrency: number;
  /** Inputs it keeps back before the first output. */
  readonly lookahead: number;
  /** Acquires what the stage needs and registers it with the scope. */
  open(context: StageContext): Promise<StageRun<In, Out>>;
};

/** A typed RxJS operator of owned items, not yet bound to a run. */
export type Stage<In, Out> = {
  readonly name: string;
  /** Frames it can hold at once: concurrency + lookahead; the pool must be larger than the sum. */
  readonly holds: number;
  in(context: StageContext): OperatorFunction<In, Out>;
};

/**
 * Makes a stage: outputs come in input order whatever finishes first, at most `concurrency` inputs are worked
 * on at once, everything owned is released when the stream stops early, and an error leaves with the stage's
 * name and the frame's index.
 */
export function defineStage<In extends Owned, Out extends Owned>(spec: StageSpec<In, Out>): Stage<In, Out> {
  return {
    name: spec.name,
    holds: spec.concurrency + spec.lookahead,
    in: (context) => (source) =>
      new Observable<Out>((subscriber) => {
        type Slot = { outputs: readonly Out[] | undefined };
        const slots: Slot[] = [];
        const waiting: In[] = [];
        const running = new Set<Promise<void>>();
        let run: StageRun<In, Out> | undefined;
        let isSourceDone = false;
        let isFlushing = false;
        let isStopped = false;
        let active = 0;
        // Made before subscribing: a source that fails at once is let go of all the same.
        const upstream = new Subscription();

        const dropAll = (): void => {
          isStopped = true;
          for (const input of waiting.splice(0)) input.release();
          for (const slot of slots.splice(0)) for (const output of slot.outputs ?? []) output.release();
          run?.drop?.();
        };
        const fail = (error: unknown, input?: In): void => {
          if (isStopped) return;
          dropAll();
          upstream.unsubscribe();
          subscriber.error(addPlace(error, spec.name, input));
        };
        const emit = (outputs: readonly Out[]): void => {
          for (const output of outputs) {
            if (isStopped) output.release();
            else subscriber.next(output);
          }
        };
        const finish = (): void => {
          if (isFlushing) return;
          isFlushing = true;
          const flushed = Promise.resolve()
            .then(() => run?.flush?.() ?? [])
            .then((outputs) => {
              emit(outputs);
              if (isStopped) return;
              isStopped = true;
              subscriber.complete();
            }, fail)
            .finally(() => running.delete(flushed));
          running.add(flushed);
        };
        const drain = (): void => {
          while (slots[0]?.outputs) emit(slots.shift()?.outputs ?? []);
          const isIdle = active === 0 && waiting.length === 0 && slots.length === 0;
          if (isSourceDone && run && isIdle && !isStopped) finish();
        };
        const start = (stage: StageRun<In, Out>, input: In): void => {
          const slot: Slot = { outputs: undefined };
          slots.push(slot);
          active += 1;
          const startedAt = performance.now();
          const done = (outputs: readonly Out[]): void => {
            active -= 1;
            context.timings.add(spec.name, performance.now() - startedAt);
            if (isStopped) {
              for (const output of outputs) output.release();
              return;
            }
            slot.outputs = outputs;
            drain();
            pump();
          };
          const threw = (error: unknown): void => {
            active -= 1;
            const index = frameIndexOf(input);
            input.release();
            fail(addPlace(error, spec.name, index));
          };
          let result: readonly Out[] | Promise<readonly Out[]>;
          try {
            result = stage.process(input);
          } catch (error) {
            threw(error);
            return;
          }
          if (result instanceof Promise) {
            const work: Promise<void> = result.then(done, threw).finally(() => running.delete(work));
            running.add(work);
          } else done(result);
        };
        const pump = (): void => {
          while (run && !isStopped && active < spec.concurrency) {
            const input = waiting.shift();
            if (!input) break;
            start(run, input);
          }
        };

        const subscription = source.subscribe({
          next: (input) => {
            if (isStopped) input.release();
            else {
              waiting.push(input);
              pump();
            }
          },
          error: (error: unknown) => {
            fail(error);
          },
          complete: () => {
            isSourceDone = true;
            drain();
          },
        });
        upstream.add(subscription);
        spec.open(context).then(
          (opened) => {
            run = opened;
            if (!context.scope.isClosed) {
              context.scope.defer(`${spec.name}: work in flight`, () => Promise.allSettled([...running]));
            }
            if (isStopped) opened.drop?.();
            else {
              pump();
              drain();
            }
          },
          (error: unknown) => {
            fail(error);
          },
        );
        return () => {
          upstream.unsubscribe();
          if (!isStopped) dropAll();
        };
      }),
  };
}

/** The frame an item carries, if it carries one. */
function frameIndexOf(input: unknown): number | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const { frame, index } = input as { frame?: { index?: unknown }; index?: unknown };
  if (typeof frame?.index === 'number') return frame.index;
  return typeof index === 'number' ? index : undefined;
}

/** Notes where an error came from, once: the innermost stage and frame win. */
function addPlace(error: unknown, stage: string, place: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const index = typeof place === 'number' ? place : frameIndexOf(place);
  if (error instanceof FacetError) {
    error.stage ??= stage;
    if (index !== undefined) error.frameIndex ??= index;
    return error;
  }
  if (error instanceof StageError) return error;
  return new StageError(stage, index, error);
}

/** A bug or system failure inside a stage: names the stage and the frame, the original is the cause. */
export class StageError extends Error {
  readonly stage: string;
  readonly frameIndex: number | undefined;

  constructor(stage: string, frameIndex: number | undefined, cause: Error) {
    const where = frameIndex === undefined ? '' : ` at frame ${frameIndex}`;
    super(`Stage ${stage} failed${where}: ${cause.message}`, { cause });
    this.name = 'StageError';
    this.stage = stage;
    this.frameIndex = frameIndex;
  }
}
