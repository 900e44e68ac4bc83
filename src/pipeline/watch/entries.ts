import type { FileStamp } from './stamp.ts';

/** Where a job is in its life. */
export type JobState =
  /** Waits to be worked on, perhaps until a time. */
  | 'queued'
  /** Is being worked on; found at start: the process ended on the way. */
  | 'running'
  /** The output is complete and gets its name. */
  | 'finishing'
  | 'done'
  /** Given up. */
  | 'failed'
  /** The original went away before it was done. */
  | 'gone';

/** Why a try failed. */
export type JobFailure = {
  /** ISO 8601. */
  readonly at: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: number;
};

/** What came out of a job. */
export type JobResult = {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly frames: number;
  readonly framesSwapped: number;
  readonly framesLost: number;
  readonly seconds: number;
};

/** One file of the inbox with one content: what is known of it. */
export type JobEntry = {
  readonly id: string;
  /** Path in the inbox, with `/`. */
  readonly file: string;
  readonly stamp: FileStamp;
  readonly sha256: string;
  readonly state: JobState;
  /** Place in the order of arrival. */
  readonly order: number;
  readonly queuedAt: string;
  readonly endedAt?: string;
  /** Ends of the process while it was worked on, since the last that was told. */
  readonly crashes: number;
  readonly failures: readonly JobFailure[];
  /** Not before this time (ISO 8601). */
  readonly retryAt?: string | undefined;
  /** Path in the output folder, with `/`; reserved from the first try on. */
  readonly output?: string | undefined;
  readonly result?: JobResult;
  /** True when the original has been moved or deleted as the settings say. */
  readonly isDisposed: boolean;
  /** Whether `--on-done` has heard of the end; `none`: there was nobody to tell. */
  readonly hook: 'none' | 'pending' | 'told' | 'given-up';
  /** What the options were when it failed because of them: with other ones it is tried again. */
  readonly optionsKey?: string | undefined;
};

/** What the journal holds, one record a line. */
export type JobRecord =
  | { readonly type: 'opened'; readonly at: string; readonly inbox: string; readonly pid: number }
  | {
      readonly type: 'queued';
      readonly at: string;
      readonly id: string;
      readonly file: string;
      readonly stamp: FileStamp;
      readonly sha256: string;
    }
  | { readonly type: 'seen'; readonly at: string; readonly id: string; readonly stamp: FileStamp }
  | { readonly type: 'started'; readonly at: string; readonly id: string; readonly output: string }
  | {
      readonly type: 'finishing';
      readonly at: string;
      readonly id: string;
      readonly output: string;
      readonly result: JobResult;
    }
  | { readonly type: 'done'; readonly at: string; readonly id: string; readonly hasHook: boolean }
  | {
      readonly type: 'failed';
      readonly at: string;
      readonly id: string;
      readonly failure: JobFailure;
      /** Left out: given up. */
      readonly retryAt?: string;
      readonly optionsKey?: string;
      readonly hasHook: boolean;
    }
  | {
      readonly type: 'parked' | 'interrupted' | 'gone' | 'disposed';
      readonly at: string;
      readonly id: string;
    }
  | { readonly type: 'told'; readonly at: string; readonly id: string; readonly isHeard: boolean }
  | { readonly type: 'entry'; readonly entry: JobEntry };

/** Applies a record to what is known. Records of unknown jobs are passed over: their beginning was damaged. */
export function applyRecord(entries: Map<string, JobEntry>, record: JobRecord): void {
  if (record.type === 'opened') return;
  if (record.type === 'entry') {
    entries.set(record.entry.id, record.entry);
    return;
  }
  const old = entries.get(record.id);
  if (record.type === 'queued') {
    const { id, file, stamp, sha256, at } = record;
    entries.set(id, {
      ...{ id, file, stamp, sha256, queuedAt: at },
      state: 'queued',
      order: old?.order ?? entries.size,
      crashes: 0,
      failures: [],
      isDisposed: false,
      hook: 'none',
      ...(old?.output === undefined ? {} : { output: old.output }),
    });
    return;
  }
  if (!old) return;
  entries.set(record.id, changed(old, record));
}

function changed(
  old: JobEntry,
  record: Exclude<JobRecord, { readonly type: 'opened' | 'entry' | 'queued' }>,
): JobEntry {
  const { at } = record;
  switch (record.type) {
    case 'seen':
      return { ...old, stamp: record.stamp, isDisposed: false };
    case 'started':
      return { ...old, state: 'running', output: record.output };
    case 'finishing':
      return { ...old, state: 'finishing', output: record.output, result: record.result };
    case 'done':
      return { ...old, state: 'done', endedAt: at, crashes: 0, hook: record.hasHook ? 'pending' : 'none' };
    case 'failed': {
      const failures = [...old.failures, record.failure];
      const { retryAt, optionsKey } = record;
      const isLast = retryAt === undefined;
      return {
        ...{ ...old, failures, retryAt, optionsKey, crashes: 0 },
        state: isLast ? 'failed' : 'queued',
        ...(isLast ? { endedAt: at, hook: record.hasHook ? 'pending' : 'none' } : {}),
      };
    }
    case 'parked':
      return { ...old, state: 'queued', crashes: 0 };
    case 'interrupted':
      return { ...old, state: 'queued', crashes: old.crashes + 1 };
    case 'gone':
      // Its name is free for what comes instead.
      return { ...old, state: 'gone', endedAt: at, output: undefined };
    case 'disposed':
      return { ...old, isDisposed: true };
    case 'told':
      return { ...old, hook: record.isHeard ? 'told' : 'given-up' };
  }
}
