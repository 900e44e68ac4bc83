import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { exitCodes, FacetError, InterruptedError } from '../../core/errors.ts';
import type { ProgressEvent } from '../../core/events.ts';
import type { TellWatch, WatchProblem } from '../../core/watch-events.ts';
import { probeMedia } from '../../media/probe.ts';
import { backOffMs, blameFor, failureOf, isDiskError, worseExitCode } from './blame.ts';
import { dispose, mustDispose } from './dispose.ts';
import type { JobEntry, JobFailure, JobRecord, JobResult } from './entries.ts';
import type { Arrival } from './intake.ts';
import type { JobKind } from './job-kind.ts';
import { jobId, now, type Ledger } from './ledger.ts';
import { hasMemoryFor, jobBytes } from './memory.ts';
import { freePath, outputPathFor, pathKey } from './names.ts';
import { companionsOf, isThere, makeFolder, publish, whereIs } from './publish.ts';
import { lookAt, prepareJob, runJob, type JobProgress } from './run-job.ts';
import type { WatchFolders, WatchSettings } from './settings.ts';
import { optionsKeyOf } from './sidecars.ts';
import { isSameStamp, type FileStamp } from './stamp.ts';

/** Ends of the process after which the file that was worked on is taken for their cause. */
const mostCrashes = 10;
/** First and longest wait when something is wrong that is not about one file. */
const [firstHoldMs, longestHoldMs] = [5000, 300_000];
/** How often memory is looked at again when there is too little for one more job. */
const memoryLookMs = 5000;

export type RunningJob = {
  readonly entry: JobEntry;
  readonly startedAt: string;
  readonly progress: ProgressEvent | undefined;
};

export type QueueCounts = {
  readonly done: number;
  readonly failed: number;
  readonly parked: number;
  readonly frames: number;
  readonly framesLost: number;
  readonly seconds: number;
};

export type QueueOptions = {
  readonly ledger: Ledger;
  readonly folders: WatchFolders;
  readonly settings: () => WatchSettings;
  readonly kind: JobKind;
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  readonly version: string;
  readonly tell: TellWatch;
  /** A file is not what it was when it was queued: to be looked at again. */
  readonly onChanged: (file: string) => void;
  /** A job has ended for good, and there is a hook to tell. */
  readonly onEnded: (entry: JobEntry) => void;
  /** Nothing is running and nothing waits. */
  readonly onIdle: () => void;
};

type Running = {
  entry: JobEntry;
  startedAt: string;
  progress: ProgressEvent | undefined;
  readonly controller: AbortController;
  ended: Promise<void>;
};

/**
 * Takes jobs through their lives: queued, running, finishing, done or failed. Every step is in the journal
 * before its effect can be seen, and holds after a crash at any moment.
 */
export class JobQueue {
  readonly #options: QueueOptions;
  readonly #running = new Map<string, Running>();
  readonly #closing = new AbortController();
  #counts = { done: 0, failed: 0, parked: 0, frames: 0, framesLost: 0, seconds: 0 };
  #worst: WatchProblem | undefined;
  #hold: { problem: JobFailure; untilMs: number; count: number } | undefined;
  #reserving: Promise<unknown> = Promise.resolve();
  #waking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;
  #isGivenUp = false;
  #isMemoryTold = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get running(): readonly RunningJob[] {
    return [...this.#running.values()];
  }

  get counts(): QueueCounts {
    return this.#counts;
  }

  /** The worst result so far. */
  get worst(): WatchProblem | undefined {
    return this.#worst;
  }

  /** Why nothing is worked on, and until when. */
  get held(): { readonly problem: WatchProblem; readonly until: string } | undefined {
    return this.#hold && { problem: this.#hold.problem, until: new Date(this.#hold.untilMs).toISOString() };
  }

  /** True when it has given up because of something that is not about one file; only with --once. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** Jobs that wait, in the order in which they will be taken. */
  get waiting(): readonly JobEntry[] {
    return [...this.#options.ledger.entries.values()]
      .filter(({ id, state }) => state === 'queued' && !this.#running.has(id))
      .sort((a, b) => a.crashes - b.crashes || a.order - b.order);
  }

  /** Counts a problem that is not a job's among the results. */
  addProblem(problem: WatchProblem): void {
    if (worseExitCode(problem.exitCode, this.#worst?.exitCode ?? 0) === problem.exitCode)
      this.#worst = problem;
  }

  /** Takes up what the last process left. @returns how many jobs it had on the way */
  async recover(): Promise<number> {
    const { ledger, folders } = this.#options;
    let recovered = 0;
    for (const entry of [...ledger.entries.values()]) {
      if (entry.state === 'running') {
        recovered += 1;
        await this.#record({ type: 'interrupted', at: now(), id: entry.id });
      } else if (entry.state === 'finishing') {
        recovered += 1;
        await this.#publish(entry);
      }
    }
    // Whatever else is there belongs to no job any more.
    await rm(folders.work, { recursive: true, force: true });
    await this.#insist(() => makeFolder(folders.work));
    await this.disposeAll();
    await this.reconsider();
    return recovered;
  }

  /** True when a file needs no look: it is known with this stamp. */
  isKnown(file: string, stamp: FileStamp): boolean {
    return this.#options.ledger
      .ofFile(file)
      .some((entry) => entry.state !== 'gone' && !entry.isDisposed && isSameStamp(entry.stamp, stamp));
  }

  /** Takes a file that has stopped growing. */
  async arrive({ file, stamp, sha256 }: Arrival): Promise<void> {
    const { ledger, tell } = this.#options;
    const id = jobId(file, sha256);
    const at = now();
    const others = ledger.ofFile(file).filter((entry) => entry.id !== id && entry.state === 'queued');
    const outdated = others.filter((entry) => !this.#running.has(entry.id));
    if (outdated.length > 0) {
      await this.#record(...outdated.map((entry): JobRecord => ({ type: 'gone', at, id: entry.id })));
    }
    const old = ledger.get(id);
    if (old && !old.isDisposed && old.state !== 'gone' && isSameStamp(old.stamp, stamp)) return;
    if (!old || old.state === 'gone' || old.state === 'failed') {
      await this.#record({ type: 'queued', at, id, file, stamp, sha256 });
      tell({ event: 'queued', file, id, bytes: stamp.sizeBytes });
      this.wake();
      return;
    }
    await this.#record({ type: 'seen', at, id, stamp });
    if (old.state !== 'done') return;
    tell({ event: 'skipped', file, id, output: old.output ?? '' });
    await this.#dispose(id);
  }

  /** Tries files again that failed because of their options, when those are others now. */
  async reconsider(): Promise<void> {
    const { ledger, folders, settings, tell } = this.#options;
    for (const entry of [...ledger.entries.values()]) {
      const { state, optionsKey, isDisposed, file, id, stamp, sha256 } = entry;
      if (state !== 'failed' || optionsKey === undefined || isDisposed) continue;
      const key = await optionsKeyOf(folders.inbox, file, settings().job).catch(() => optionsKey);
      if (key === optionsKey || (await lookAt(folders.inbox, entry)) !== 'same') continue;
      await this.#record({ type: 'queued', at: now(), id, file, stamp, sha256 });
      tell({ event: 'queued', file, id, bytes: stamp.sizeBytes });
    }
    this.wake();
  }

  /** Moves or deletes originals that still have to go. */
  async disposeAll(): Promise<void> {
    const { disposal } = this.#options.settings();
    for (const entry of [...this.#options.ledger.entries.values()]) {
      if (mustDispose(entry, disposal)) await this.#dispose(entry.id);
    }
  }

  /** Starts jobs while there is room, and plans when to look again. */
  wake(): void {
    this.#waking = this.#waking.then(() => this.#fill());
  }

  /** Takes no more jobs, gives the running ones `graceMs` to finish, and parks what is left. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const ended = Promise.all([...this.#running.values()].map((job) => job.ended));
    const late = new AbortController();
    await Promise.race([ended, wait(graceMs, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    await this.close();
  }

  /** Parks what is running, and resolves when it has stopped. */
  async close(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#waking;
    const interrupted = new InterruptedError('The watch was stopped.');
    this.#closing.abort(interrupted);
    for (const { controller } of this.#running.values()) controller.abort(interrupted);
    await Promise.all([...this.#running.values()].map((job) => job.ended));
  }

  async #fill(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#isStopping) return;
    const nowMs = Date.now();
    const heldMs = (this.#hold?.untilMs ?? 0) - nowMs;
    if (heldMs > 0) {
      this.#wakeIn(heldMs);
      return;
    }
    const { jobs } = this.#options.settings().folder;
    const waiting = this.waiting;
    const ready = waiting.filter(({ retryAt }) => retryAt === undefined || Date.parse(retryAt) <= nowMs);
    for (const entry of ready) {
      // After a hold one job shows whether it is over.
      if (this.#running.size >= (this.#hold ? 1 : jobs)) break;
      if (this.#running.size > 0 && !(await this.#hasRoomFor(entry))) {
        this.#wakeIn(memoryLookMs);
        return;
      }
      if (this.#isStopping) return;
      this.#start(entry);
    }
    const times = waiting.flatMap(({ retryAt }) =>
      retryAt === undefined ? [] : [Date.parse(retryAt) - nowMs],
    );
    const next = Math.min(...times.filter((ms) => ms > 0));
    if (Number.isFinite(next)) this.#wakeIn(next);
    if (waiting.length === 0 && this.#running.size === 0) this.#options.onIdle();
  }

  #wakeIn(ms: number): void {
    this.#timer = setTimeout(
      () => {
        this.wake();
      },
      Math.min(Math.max(ms, 1), 1 << 30),
    );
  }

  async #hasRoomFor({ file }: JobEntry): Promise<boolean> {
    const { folders, env, tell } = this.#options;
    const media = await probeMedia(join(folders.inbox, file), { env }).catch(() => undefined);
    // What is no video takes no memory.
    if (!media || hasMemoryFor(jobBytes(media))) return true;
    if (!this.#isMemoryTold) {
      this.#isMemoryTold = true;
      tell({
        event: 'warning',
        code: 'WATCH_MEMORY',
        message: `There is no memory for more than ${this.#running.size} ${this.#running.size === 1 ? 'job' : 'jobs'} at once.`,
        hint: `${file} waits.`,
      });
    }
    return false;
  }

  #start(entry: JobEntry): void {
    const controller = new AbortController();
    const running: Running = {
      entry,
      startedAt: now(),
      progress: undefined,
      controller,
      ended: Promise.resolve(),
    };
    this.#running.set(entry.id, running);
    running.ended = this.#live(running).finally(() => {
      this.#running.delete(entry.id);
      this.wake();
    });
  }

  /** One try, with all its ends. Never rejects. */
  async #live(running: Running): Promise<void> {
    const progress: JobProgress = { isOpened: false, hasSidecar: false };
    try {
      await this.#try(running, progress);
    } catch (error) {
      try {
        await this.#fail(running, error, progress);
      } catch (cause) {
        // The journal says "running" then: the next start takes it up.
        if (!this.#closing.signal.aborted) this.addProblem(failureOf(cause));
      }
    }
  }

  async #try(running: Running, progress: JobProgress): Promise<void> {
    const { entry, controller } = running;
    const { folders, kind, env, version, settings, tell, ledger } = this.#options;
    const { id, file } = entry;
    if (entry.crashes >= mostCrashes) throw new CrashError(file, entry.crashes);
    if ((await lookAt(folders.inbox, entry)) !== 'same') {
      await this.#lose(entry);
      return;
    }
    const surroundings = { kind, env, signal: controller.signal };
    const prepared = await prepareJob(folders.inbox, entry, settings().job, { ...surroundings, progress });
    const wanted = outputPathFor(file, prepared.options.container);
    const output = await this.#reserve(id, wanted, (path) => ({
      type: 'started',
      at: now(),
      id,
      output: path,
    }));
    const result = await runJob(entry, output, prepared, {
      ...surroundings,
      folders,
      version,
      tell: (told) => {
        if (told.event === 'progress') running.progress = told;
        tell({ event: 'run', file, id, told });
      },
    });
    // Seen with another time meanwhile and with the same content: that is no change.
    if ((await lookAt(folders.inbox, ledger.get(id) ?? entry)) !== 'same') {
      await this.#lose(entry);
      return;
    }
    this.#release();
    await this.#finish(entry, output, result);
  }

  /** From here on the work is not lost any more, whatever happens. */
  async #finish(entry: JobEntry, output: string, result: JobResult): Promise<void> {
    await this.#record({ type: 'finishing', at: now(), id: entry.id, output, result });
    await this.#publish(this.#options.ledger.get(entry.id)!);
  }

  async #publish(entry: JobEntry): Promise<void> {
    const { folders, tell, settings, ledger } = this.#options;
    const { id, file, result } = entry;
    let output = entry.output!;
    const workDir = join(folders.work, id);
    const place = async (): Promise<boolean> => {
      const work = {
        outputDir: folders.outputDir,
        workDir,
        output,
        sizeBytes: result!.sizeBytes,
        sha256: result!.sha256,
      };
      switch (await whereIs(work)) {
        case 'lost':
          return false;
        case 'place-taken':
          output = await this.#reserve(id, output, (path) => ({
            type: 'finishing',
            at: now(),
            id,
            output: path,
            result: result!,
          }));
          return place();
        case 'in-work':
        case 'in-place':
          return (await publish(work)) || place();
      }
    };
    if (!(await this.#insist(place))) {
      await this.#record({ type: 'interrupted', at: now(), id });
      return;
    }
    await this.#record({ type: 'done', at: now(), id, hasHook: settings().folder.onDone !== undefined });
    const { frames, framesSwapped, framesLost, seconds } = result!;
    this.#counts.done += 1;
    this.#counts.frames += frames;
    this.#counts.framesLost += framesLost;
    this.#counts.seconds += seconds;
    tell({
      event: 'done',
      file,
      id,
      output: join(folders.outputDir, output),
      frames,
      framesSwapped,
      framesLost,
      seconds,
    });
    this.#options.onEnded(ledger.get(id)!);
    await this.#dispose(id);
    await ledger.compact().catch(() => undefined);
  }

  /** Chooses a free name and writes it down before another job can choose it. */
  #reserve(ownId: string, wanted: string, recordFor: (path: string) => JobRecord): Promise<string> {
    const { ledger, folders } = this.#options;
    const reserve = async (): Promise<string> => {
      const taken = new Set(
        [...ledger.entries.values()].flatMap(({ id, output }) =>
          id === ownId || output === undefined ? [] : [pathKey(output)],
        ),
      );
      const isTaken = async (path: string): Promise<boolean> => {
        if (taken.has(pathKey(path))) return true;
        for (const name of [path, ...companionsOf(path)])
          if (await isThere(join(folders.outputDir, name))) return true;
        return false;
      };
      const path = await freePath(wanted, isTaken);
      await this.#record(recordFor(path));
      return path;
    };
    const reserved = this.#reserving.then(reserve);
    this.#reserving = reserved.catch(() => undefined);
    return reserved;
  }

  /** The original went away or is another one now. */
  async #lose({ id, file }: JobEntry): Promise<void> {
    const { folders, tell, onChanged } = this.#options;
    await this.#record({ type: 'gone', at: now(), id });
    await rm(join(folders.work, id), { recursive: true, force: true });
    tell({ event: 'gone', file, id });
    onChanged(file);
  }

  async #fail({ entry, controller }: Running, error: unknown, progress: JobProgress): Promise<void> {
    const { folders, settings, tell, ledger } = this.#options;
    const { id, file } = entry;
    await rm(join(folders.work, id), { recursive: true, force: true }).catch(() => undefined);
    // What has its finishing record is not lost; the next start puts it in its place.
    if (ledger.get(id)?.state === 'finishing') return;
    if (controller.signal.aborted || this.#closing.signal.aborted) {
      this.#counts.parked += 1;
      await ledger.record({ type: 'parked', at: now(), id });
      tell({ event: 'parked', file, id });
      return;
    }
    // A file that went away on the way is no failure of its own.
    if ((await lookAt(folders.inbox, ledger.get(id) ?? entry)) !== 'same') {
      await this.#lose(entry);
      return;
    }
    const failure = failureOf(error);
    const blame = error instanceof CrashError ? 'never' : blameFor(error, progress);
    if (blame === 'surroundings') {
      await this.#record({ type: 'parked', at: now(), id });
      this.#hang(failure);
      return;
    }
    this.#release();
    const { tries, retryWait, onDone } = settings().folder;
    const failureCount = entry.failures.length + 1;
    const isLast = blame === 'never' || failureCount >= tries;
    const retry = isLast
      ? {}
      : { retryAt: new Date(Date.now() + backOffMs(retryWait, failureCount)).toISOString() };
    const optionsKey =
      failure.exitCode === exitCodes.usage || failure.exitCode === exitCodes.noFace
        ? { optionsKey: await optionsKeyOf(folders.inbox, file, settings().job) }
        : {};
    await this.#record({
      type: 'failed',
      at: now(),
      id,
      failure,
      ...retry,
      ...optionsKey,
      hasHook: onDone !== undefined,
    });
    tell({ event: 'failed', file, id, problem: problemOf(failure), failureCount, ...retry });
    if (!isLast) return;
    this.#counts.failed += 1;
    this.addProblem(problemOf(failure));
    this.#options.onEnded(ledger.get(id)!);
    await this.#dispose(id);
  }

  async #dispose(id: string): Promise<void> {
    const { ledger, folders, settings, tell } = this.#options;
    const entry = ledger.get(id);
    const { disposal } = settings();
    if (!entry || !mustDispose(entry, disposal)) return;
    try {
      await dispose(folders.inbox, entry, disposal);
      await this.#record({ type: 'disposed', at: now(), id });
    } catch (error) {
      tell({
        event: 'warning',
        code: 'WATCH_NOT_MOVED',
        message: `${entry.file} cannot be moved out of the inbox (${error instanceof Error ? error.message : String(error)}).`,
        hint: 'It is tried again.',
      });
    }
  }

  /** Stops taking jobs for a while, because of something that is not about one file. */
  #hang(problem: JobFailure): void {
    const count = (this.#hold?.count ?? 0) + 1;
    const { once, tries, retryWait } = this.#options.settings().folder;
    const first = Math.min(firstHoldMs, retryWait * 1000);
    const untilMs = Date.now() + Math.min(first * 2 ** (count - 1), longestHoldMs);
    this.#hold = { problem, untilMs, count };
    this.#options.tell({
      event: 'held',
      problem: problemOf(problem),
      until: new Date(untilMs).toISOString(),
    });
    if (!once || count < tries) return;
    // Nobody waits for ever with --once: the jobs stay in the queue.
    this.addProblem(problemOf(problem));
    this.#isStopping = true;
    this.#isGivenUp = true;
    this.#closing.abort(new InterruptedError('The watch was given up.'));
    this.#options.onIdle();
  }

  /** What held the queue is over. */
  #release(): void {
    if (!this.#hold) return;
    this.#hold = undefined;
    this.#options.tell({ event: 'resumed' });
  }

  #record(...records: readonly JobRecord[]): Promise<void> {
    return this.#insist(() => this.#options.ledger.record(...records));
  }

  /** Does something on the disk, again and again while the disk is full or away. */
  async #insist<T>(action: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await action();
      } catch (error) {
        if (!isDiskError(error) || this.#closing.signal.aborted) throw error;
        this.#hang(failureOf(error));
        const ms = Math.max(1, (this.#hold?.untilMs ?? 0) - Date.now());
        await wait(ms, undefined, { signal: this.#closing.signal });
      }
    }
  }
}

/** The process ended again and again while this file was worked on. */
class CrashError extends FacetError {
  readonly exitCode = exitCodes.bug;

  constructor(file: string, count: number) {
    super(`The process ended ${count} times in a row while ${file} was worked on.`, {
      code: 'WATCH_CRASHES',
      hint: 'Try the file alone with "facet swap --debug" and report what it says.',
    });
  }
}

function problemOf({ code, message, hint, exitCode }: WatchProblem): WatchProblem {
  return { code, message, hint, exitCode };
}
