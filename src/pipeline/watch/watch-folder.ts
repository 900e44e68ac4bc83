import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Observable, type Subscriber, type Subscription } from 'rxjs';
import { exitCodes, FacetError, InterruptedError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import type { WatchEvent } from '../../core/watch-events.ts';
import { inScope } from '../../stages/in-scope.ts';
import { ownVersion } from '../run-swap.ts';
import { hookMessage, HookCaller } from './hook.ts';
import { Intake } from './intake.ts';
import type { JobKind } from './job-kind.ts';
import { Ledger, now, openedRecord } from './ledger.ts';
import { takeLock } from './lock.ts';
import { metricsText, serveMetrics } from './metrics.ts';
import { JobQueue } from './queue.ts';
import { scanInbox, type ScanRules } from './scan.ts';
import {
  leftOutFolders,
  openFolders,
  readSettings,
  type WatchFolders,
  type WatchOptions,
  type WatchSettings,
} from './settings.ts';
import { isSidecar, readFileOptions } from './sidecars.ts';
import { liveStatus, stateNames, writeStatus } from './status.ts';

/** What surrounds a watch. */
export type WatchSurroundings = {
  /** Ends it with the signal's reason; running jobs are parked at once. */
  readonly signal?: AbortSignal | undefined;
  /** Ends it well: running jobs get `grace` seconds to finish, then the stream completes. */
  readonly stop?: AbortSignal | undefined;
  /** New options, from now on. The inbox, the output folder and the metrics' address stay. */
  readonly reload?: Observable<WatchOptions> | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
};

/** The lock in the inbox: one process per inbox. */
const inboxLock = '.facet-watch.lock';
/** How often the status file is written while something happens. */
const statusMs = 1000;

/**
 * Watches a folder and does a job on every file: see docs/watch.md. Work begins on subscription; unsubscribing
 * parks what is running and leaves nothing under a final name that is not whole.
 */
export function watchFolder(
  given: WatchOptions,
  kind: JobKind,
  surroundings: WatchSurroundings = {},
): Observable<WatchEvent> {
  return inScope(
    (scope) =>
      new Observable<WatchEvent>((subscriber) => {
        openWatch(given, kind, surroundings, scope, subscriber).catch((error: unknown) => {
          subscriber.error(error);
        });
      }),
    surroundings.signal,
  );
}

async function openWatch(
  given: WatchOptions,
  wanted: JobKind,
  { stop, reload, env }: WatchSurroundings,
  scope: Scope,
  subscriber: Subscriber<WatchEvent>,
): Promise<void> {
  let settings = readSettings(given);
  const folders = await openFolders(settings);
  let leftOut = await leftOutFolders(settings);
  const rules = (): ScanRules => ({ inbox: folders.inbox, isWanted: settings.isWanted, leftOut });
  await checkJobs(wanted, settings, rules(), env);
  const version = await ownVersion();
  await lockFolders(folders, scope, subscriber);
  if (scope.isClosed) return;
  const kind = wanted.begin?.(scope) ?? wanted;
  for (const name of [stateNames.status, stateNames.journal])
    await rm(join(folders.state, `${name}.new`), { force: true });
  const ledger = await Ledger.open(join(folders.state, stateNames.journal));
  await keep(scope, 'watch: journal', () => ledger.close());

  const startedAtMs = Date.now();
  const { once } = settings.folder;
  const tell = (event: WatchEvent): void => {
    if (event.event !== 'run' || event.told.event !== 'progress') status.touch();
    if (once && event.event === 'warning' && ['WATCH_UNREADABLE', 'WATCH_INBOX_AWAY'].includes(event.code)) {
      const { code, message, hint = '' } = event;
      queue.addProblem({ code, message, hint, exitCode: exitCodes.input });
    }
    subscriber.next(event);
  };
  const hooks = new HookCaller({
    hook: () => settings.folder.onDone,
    tell,
    onTold: (id, isHeard) => ledger.record({ type: 'told', at: now(), id, isHeard }),
    env,
  });
  const queue: JobQueue = new JobQueue({
    ...{ ledger, folders, kind, env, version, tell },
    settings: () => settings,
    onChanged: (file) => void intake.look(file),
    onEnded: (entry) => {
      if (entry.hook === 'pending') hooks.call(hookMessage(entry, folders.outputDir));
    },
    onIdle: () => {
      rest();
    },
  });
  const intake: Intake = new Intake({
    rules,
    settleMs: () => settings.folder.settle * 1000,
    rescanMs: () => settings.folder.rescan * 1000,
    isLasting: !once,
    isKnown: (file, stamp) => queue.isKnown(file, stamp),
    onArrival: (arrival) => queue.arrive(arrival),
    onSidecar: () => void queue.reconsider().catch(fail),
    onQuiet: () => {
      rest();
    },
    tell,
  });
  const status = new StatusWriter(() =>
    writeStatus(folders.state, liveStatus(queue, intake.settling, folders.inbox)),
  );

  let isOpen = false;
  let isEnding = false;
  let isIdle = false;
  const fail = (error: unknown): void => {
    if (isEnding) return;
    subscriber.error(error);
  };
  const failAtEnd = (error: unknown): void => {
    subscriber.error(error);
  };
  const end = async (graceMs: number): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    await intake.close();
    await queue.stop(graceMs);
    await hooks.close(once ? 60_000 : 2000);
    const { done, failed, parked } = queue.counts;
    subscriber.next({
      event: 'stopped',
      done,
      failed,
      parked,
      ...(queue.worst ? { worst: queue.worst } : {}),
    });
    subscriber.complete();
  };
  /** Called whenever something came to its end: perhaps nothing is left to do. */
  const rest = (): void => {
    if (!isOpen || isEnding) return;
    const isAtRest =
      queue.isGivenUp || (intake.isQuiet && queue.running.length === 0 && queue.waiting.length === 0);
    if (isAtRest && !isIdle) subscriber.next({ event: 'idle' });
    isIdle = isAtRest;
    if (isAtRest && once) void end(0).catch(failAtEnd);
  };

  // Closed in reverse: first nothing new comes, then what runs is parked, then the rest.
  scope.defer('watch: status', () => status.close());
  scope.defer('watch: hooks', () => hooks.close(0));
  scope.defer('watch: jobs', () => queue.close());
  scope.defer('watch: inbox', () => intake.close());
  let metricsPort: number | undefined;
  if (settings.folder.metrics && !once) {
    const server = await serveMetrics(
      settings.folder.metrics,
      () => metricsText(queue, intake.settling.length, startedAtMs),
      () => queue.held === undefined,
    );
    metricsPort = server.port;
    await keep(scope, 'watch: metrics', () => server.close());
  }
  if (ledger.damagedLines > 0) {
    tell({
      event: 'warning',
      code: 'WATCH_JOURNAL_DAMAGED',
      message: `${ledger.damagedLines} lines of the journal are damaged and were passed over.`,
      hint: 'Files they told of may be done once more, under new names. Check the disk.',
    });
  }
  if (ledger.lastInbox !== undefined && ledger.lastInbox !== folders.inbox) {
    tell({
      event: 'warning',
      code: 'WATCH_OTHER_INBOX',
      message: `The journal was written for the inbox ${ledger.lastInbox}.`,
      hint: 'Files of the same name and content count as done.',
    });
  }
  await ledger.compact();
  await ledger.record(openedRecord(folders.inbox));
  const recovered = await queue.recover();
  const countOf = (state: string): number =>
    [...ledger.entries.values()].filter((entry) => entry.state === state).length;
  tell({
    event: 'watching',
    inbox: folders.inbox,
    outputDir: folders.outputDir,
    queued: countOf('queued'),
    done: countOf('done'),
    failed: countOf('failed'),
    recovered,
    ...(metricsPort === undefined ? {} : { metricsPort }),
  });
  for (const entry of ledger.entries.values()) {
    if (entry.hook === 'pending') hooks.call(hookMessage(entry, folders.outputDir));
  }

  if (scope.isClosed) return;
  const onStop = (): void => void end(settings.folder.grace * 1000).catch(failAtEnd);
  if (stop?.aborted) onStop();
  stop?.addEventListener('abort', onStop, { once: true });
  const reloading: Subscription | undefined = reload?.subscribe((next) => {
    void (async () => {
      const fresh = readSettings(next);
      await checkJobs(kind, fresh, rules(), env);
      const { inbox, outputDir, metrics } = settings.folder;
      const fixed: WatchSettings = { ...fresh, folder: { ...fresh.folder, inbox, outputDir, metrics, once } };
      leftOut = await leftOutFolders(fixed);
      settings = fixed;
      kind.rest?.();
      tell({ event: 'reloaded' });
      await queue.disposeAll();
      await queue.reconsider();
      await intake.scan();
    })().catch((error: unknown) => {
      const { message, hint } = error instanceof FacetError ? error : { message: String(error), hint: '' };
      tell({
        event: 'warning',
        code: 'WATCH_NOT_RELOADED',
        message: `The old settings stay: ${message}`,
        hint,
      });
    });
  });
  const again = setInterval(() => void queue.disposeAll().catch(fail), settings.folder.rescan * 1000);
  scope.defer('watch: signals', () => {
    stop?.removeEventListener('abort', onStop);
    reloading?.unsubscribe();
    clearInterval(again);
  });
  if (isEnding) return;
  queue.wake();
  await intake.start();
  isOpen = true;
  rest();
}

/** Registers what closes something that has been opened; closes it at once when the watch has ended meanwhile. */
async function keep(scope: Scope, what: string, close: () => Promise<void>): Promise<void> {
  if (!scope.isClosed) {
    scope.defer(what, close);
    return;
  }
  await close();
  throw new InterruptedError('The watch was stopped.');
}

/** Takes the locks of both folders; losing one ends the watch. */
async function lockFolders(
  { inbox, state, outputDir }: WatchFolders,
  scope: Scope,
  subscriber: Subscriber<WatchEvent>,
): Promise<void> {
  const own = await takeLock(join(state, stateNames.lock), `The output folder ${outputDir}`);
  await keep(scope, 'watch: lock of the output folder', () => own.release());
  own.lost.addEventListener('abort', () => {
    subscriber.error(own.lost.reason);
  });
  try {
    const other = await takeLock(join(inbox, inboxLock), `The inbox ${inbox}`);
    await keep(scope, 'watch: lock of the inbox', () => other.release());
    other.lost.addEventListener('abort', () => {
      subscriber.error(other.lost.reason);
    });
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    subscriber.next({
      event: 'warning',
      code: 'WATCH_INBOX_READ_ONLY',
      message: 'The inbox cannot be written to, so it cannot be locked.',
      hint: 'See to it that no other watch with another --output-dir takes the same files.',
    });
  }
}

/** Checks the options that most jobs will have. @throws {FacetError} when nothing could be done with them */
async function checkJobs(
  kind: JobKind,
  settings: WatchSettings,
  rules: ScanRules,
  env: WatchSurroundings['env'],
): Promise<void> {
  const { options } = await readFileOptions(rules.inbox, '-', settings.job);
  try {
    await kind.check(options, env);
  } catch (error) {
    // Every folder may have its own source: then none is needed for all.
    const isMissing = error instanceof FacetError && error.code === 'USAGE_MISSING_OPTION';
    if (!isMissing || (await scanInbox({ ...rules, isWanted: isSidecar })).files.length === 0) throw error;
  }
}

/** Writes the status now and then, when something has happened and while something runs. */
class StatusWriter {
  readonly #write: () => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #work: Promise<void> = Promise.resolve();

  constructor(write: () => Promise<void>) {
    this.#write = write;
    this.#timer = setInterval(() => {
      this.touch();
    }, statusMs);
  }

  #isWaiting = false;

  touch(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#work = this.#work.then(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      this.#isWaiting = false;
      await this.#write();
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.touch();
    await this.#work;
  }
}
