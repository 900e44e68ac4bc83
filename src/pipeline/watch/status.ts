import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import type { WatchProblem } from '../../core/watch-events.ts';
import { applyRecord, type JobEntry, type JobRecord } from './entries.ts';
import { readJournal } from './journal.ts';
import { lockHolder } from './lock.ts';
import type { JobQueue } from './queue.ts';
import { statePath } from './settings.ts';
import { replaceFile } from './sync.ts';

/** Names in the state folder. */
export const stateNames = { journal: 'journal.jsonl', status: 'status.json', lock: 'lock' } as const;

/** What only the running process knows; everything else is in the journal. */
export type LiveStatus = {
  readonly at: string;
  readonly pid: number;
  readonly inbox: string;
  readonly settling: readonly string[];
  readonly running: readonly {
    readonly file: string;
    readonly id: string;
    readonly startedAt: string;
    readonly framesDone?: number;
    readonly framesExpected?: number;
    readonly framesPerSecond?: number;
    readonly secondsLeft?: number;
  }[];
  readonly held: { readonly problem: WatchProblem; readonly until: string } | undefined;
};

/** What `facet watch --status` shows. */
export type WatchStatus = {
  /** The process that watches; undefined when none does. */
  readonly watcher: { readonly pid: number; readonly host: string; readonly since: string } | undefined;
  readonly inbox: string | undefined;
  readonly held: LiveStatus['held'];
  readonly running: LiveStatus['running'];
  readonly settling: readonly string[];
  readonly queued: readonly Pick<JobEntry, 'file' | 'id' | 'queuedAt' | 'retryAt' | 'failures'>[];
  readonly counts: Readonly<Record<'queued' | 'running' | 'done' | 'failed', number>>;
  /** The last that ended, newest first. */
  readonly last: readonly Pick<
    JobEntry,
    'file' | 'id' | 'state' | 'endedAt' | 'output' | 'result' | 'failures'
  >[];
};

/** The running process's part of the status. */
export function liveStatus(queue: JobQueue, settling: readonly string[], inbox: string): LiveStatus {
  return {
    at: new Date().toISOString(),
    pid: process.pid,
    inbox,
    settling,
    held: queue.held,
    running: queue.running.map(({ entry, startedAt, progress }) => ({
      ...{ file: entry.file, id: entry.id, startedAt },
      ...(progress && {
        framesDone: progress.framesDone,
        framesPerSecond: progress.framesPerSecond,
        ...(progress.framesExpected === undefined ? {} : { framesExpected: progress.framesExpected }),
        ...(progress.secondsLeft === undefined ? {} : { secondsLeft: progress.secondsLeft }),
      }),
    })),
  };
}

/** Writes the status file; a disk that does not take it is no reason to stop. */
export async function writeStatus(state: string, status: LiveStatus): Promise<void> {
  await replaceFile(join(state, stateNames.status), `${JSON.stringify(status)}\n`).catch(() => undefined);
}

/**
 * Reads what a watch on an output folder does, from its journal and, while it runs, its status file.
 *
 * @throws {UsageError} when there was never one
 */
export async function readStatus(outputDir: string, lastCount = 10): Promise<WatchStatus> {
  const state = statePath(outputDir);
  const content = await readFile(join(state, stateNames.journal)).catch((cause: unknown) => {
    throw new UsageError(`There is no watch on ${outputDir}.`, {
      code: 'USAGE_NO_WATCH',
      hint: 'Name the --output-dir of a watch.',
      cause,
    });
  });
  const entries = new Map<string, JobEntry>();
  let inbox: string | undefined;
  for (const record of readJournal(content).records as readonly JobRecord[]) {
    if (record.type === 'opened') inbox = record.inbox;
    applyRecord(entries, record);
  }
  const watcher = await lockHolder(join(state, stateNames.lock));
  const live = watcher && (await readLive(join(state, stateNames.status)));
  const all = [...entries.values()];
  const running = live?.running ?? [];
  const isRunning = new Set(running.map(({ id }) => id));
  const queued = all
    .filter(({ id, state: is }) => ['queued', 'running', 'finishing'].includes(is) && !isRunning.has(id))
    .sort((a, b) => a.crashes - b.crashes || a.order - b.order);
  const ended = all
    .filter(({ state: is }) => is === 'done' || is === 'failed')
    .sort((a, b) => (b.endedAt ?? '').localeCompare(a.endedAt ?? ''));
  return {
    watcher: watcher && { pid: watcher.pid, host: watcher.host, since: watcher.since },
    inbox,
    held: live?.held,
    running,
    settling: live?.settling ?? [],
    queued: queued.map(({ file, id, queuedAt, retryAt, failures }) => ({
      ...{ file, id, queuedAt, failures },
      ...(retryAt === undefined ? {} : { retryAt }),
    })),
    counts: {
      queued: queued.length,
      running: running.length,
      done: ended.filter(({ state: is }) => is === 'done').length,
      failed: ended.filter(({ state: is }) => is === 'failed').length,
    },
    last: ended.slice(0, lastCount).map(({ file, id, state: is, endedAt, output, result, failures }) => ({
      ...{ file, id, state: is, failures },
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(output === undefined ? {} : { output }),
      ...(result === undefined ? {} : { result }),
    })),
  };
}

async function readLive(path: string): Promise<LiveStatus | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LiveStatus;
  } catch {
    return undefined;
  }
}
