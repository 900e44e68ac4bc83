import type { RunEvent } from './events.ts';

/** Why a file, or the whole watch, cannot go on. */
export type WatchProblem = {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: number;
};

/** What a watch tells. `file` is the path in the inbox; times are ISO 8601. */
export type WatchEvent =
  /** It has begun: what was found in its journal. */
  | {
      readonly event: 'watching';
      readonly inbox: string;
      readonly outputDir: string;
      readonly queued: number;
      readonly done: number;
      readonly failed: number;
      /** Jobs that the last process left on the way: taken up again, or put in their place. */
      readonly recovered: number;
      /** Where metrics are served, when they are. */
      readonly metricsPort?: number;
    }
  /** A file has stopped growing and waits for its turn. */
  | { readonly event: 'queued'; readonly file: string; readonly id: string; readonly bytes: number }
  /** A file has been done before, under this name and with this content. */
  | { readonly event: 'skipped'; readonly file: string; readonly id: string; readonly output: string }
  /** Something a running job tells. */
  | { readonly event: 'run'; readonly file: string; readonly id: string; readonly told: RunEvent }
  /** The output has its final name. */
  | {
      readonly event: 'done';
      readonly file: string;
      readonly id: string;
      /** Absolute path. */
      readonly output: string;
      readonly frames: number;
      readonly framesSwapped: number;
      readonly framesLost: number;
      readonly seconds: number;
    }
  /** A try has failed; without `retryAt` it was the last. */
  | {
      readonly event: 'failed';
      readonly file: string;
      readonly id: string;
      readonly problem: WatchProblem;
      readonly failureCount: number;
      readonly retryAt?: string;
    }
  /** A running job was stopped and will be done at the next start. */
  | { readonly event: 'parked'; readonly file: string; readonly id: string }
  /** A file went away before it was done. */
  | { readonly event: 'gone'; readonly file: string; readonly id: string }
  /** Nothing is worked on because of something that is not about one file (disk full, model missing). */
  | { readonly event: 'held'; readonly problem: WatchProblem; readonly until: string }
  | { readonly event: 'resumed' }
  /** New settings hold from now on. */
  | { readonly event: 'reloaded' }
  | { readonly event: 'warning'; readonly code: string; readonly message: string; readonly hint?: string }
  /** Nothing is left to do. */
  | { readonly event: 'idle' }
  /** The last event. */
  | {
      readonly event: 'stopped';
      readonly done: number;
      readonly failed: number;
      readonly parked: number;
      /** The worst of this watch's results; undefined when none failed. */
      readonly worst?: WatchProblem;
    };

/** Tells an event of a watch. */
export type TellWatch = (event: WatchEvent) => void;
