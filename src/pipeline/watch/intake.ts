import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { watch as watchFiles, type FSWatcher } from 'chokidar';
import type { TellWatch } from '../../core/watch-events.ts';
import { pathInInbox, scanInbox, type ScanRules } from './scan.ts';
import { isSidecar } from './sidecars.ts';
import { hashFile, isSameStamp, stampOf, type FileStamp } from './stamp.ts';

/** A file that has stopped growing. */
export type Arrival = { readonly file: string; readonly stamp: FileStamp; readonly sha256: string };

export type IntakeOptions = {
  readonly rules: () => ScanRules;
  readonly settleMs: () => number;
  readonly rescanMs: () => number;
  /** False: what is there now is taken, and nothing that comes later; what still grows is left. */
  readonly isLasting: boolean;
  /** True when a file with this stamp needs no look. */
  readonly isKnown: (file: string, stamp: FileStamp) => boolean;
  readonly onArrival: (arrival: Arrival) => Promise<void>;
  /** A sidecar or its going may change what failed before. */
  readonly onSidecar: (file: string) => void;
  /** Called when nothing settles any more. */
  readonly onQuiet: () => void;
  readonly tell: TellWatch;
};

type Candidate = { stamp: FileStamp; looks: number; readonly timer: NodeJS.Timeout };

/** Longest wait before a file that could not be read is looked at again. */
const unreadableMs = 60_000;

/**
 * Finds the files of an inbox. The truth is what a walk through it shows; notices of the system only make it
 * quick. A file arrives when two looks, `settleMs` apart, show the same size, time and inode, and when it can be
 * read from end to end.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #candidates = new Map<string, Candidate>();
  readonly #closing = new AbortController();
  readonly #unreadable = new Map<string, number>();
  readonly #warned = new Set<string>();
  #watcher: FSWatcher | undefined;
  #rescan: NodeJS.Timeout | undefined;
  #arrivals: Promise<void> = Promise.resolve();
  #pending = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Begins; resolves when all that is there has been looked at once. */
  async start(): Promise<void> {
    if (this.#options.isLasting) this.#listen();
    await this.scan();
    if (this.#options.isLasting) this.#planRescan();
  }

  /** True when no file settles or is being read. */
  get isQuiet(): boolean {
    return this.#candidates.size === 0 && this.#pending === 0;
  }

  /** Files that settle. */
  get settling(): readonly string[] {
    return [...this.#candidates.keys()];
  }

  /** Walks through the inbox. */
  async scan(): Promise<void> {
    const { tell } = this.#options;
    try {
      const { files, links, unreadable } = await scanInbox(this.#options.rules());
      for (const link of links) {
        this.#warnOnce(
          `link ${link}`,
          'WATCH_LINK',
          `${link} is a link and is left out.`,
          'Put the file itself into the inbox.',
        );
      }
      for (const folder of unreadable) {
        this.#warnOnce(
          `folder ${folder}`,
          'WATCH_UNREADABLE',
          `The folder ${folder} cannot be read.`,
          'Check its permissions.',
        );
      }
      await Promise.all(files.map((file) => this.look(file)));
    } catch (error) {
      // An inbox that is away (a disk that is not mounted) may come back.
      tell({
        event: 'warning',
        code: 'WATCH_INBOX_AWAY',
        message: `The inbox cannot be read (${error instanceof Error ? error.message : String(error)}).`,
        hint: 'It is looked for again and again.',
      });
    }
    this.#quiet();
  }

  /** Looks at a file, which may be new, changed, known or away. */
  async look(file: string): Promise<void> {
    if (this.#closing.signal.aborted || this.#candidates.has(file)) return;
    const stamp = await this.#stamp(file);
    if (!stamp || this.#closing.signal.aborted || this.#candidates.has(file)) return;
    if (this.#options.isKnown(file, stamp)) return;
    if ((this.#unreadable.get(file) ?? 0) > performance.now()) return;
    this.#settle(file, stamp, 1);
  }

  /** Stops; what is being read is dropped. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The intake is closed.'));
    clearTimeout(this.#rescan);
    for (const { timer } of this.#candidates.values()) clearTimeout(timer);
    this.#candidates.clear();
    await this.#watcher?.close();
    await this.#arrivals;
  }

  #listen(): void {
    const watcher = watchFiles(this.#options.rules().inbox, {
      followSymlinks: false,
      ignoreInitial: true,
      ignorePermissionErrors: true,
      ignored: (path) =>
        path !== this.#options.rules().inbox && pathInInbox(this.#options.rules(), path) === undefined,
    });
    const onChange = (path: string): void => {
      const rules = this.#options.rules();
      const file = pathInInbox(rules, path);
      if (file === undefined) return;
      if (isSidecar(file)) this.#options.onSidecar(file);
      else if (rules.isWanted(file)) void this.look(file);
    };
    watcher.on('add', onChange).on('change', onChange).on('unlink', onChange);
    watcher.on('error', (error) => {
      const { code } = error as NodeJS.ErrnoException;
      const isFull = code === 'ENOSPC' || code === 'EMFILE';
      this.#warnOnce(
        `notices ${code ?? ''}`,
        'WATCH_NOTICES',
        isFull
          ? 'The system has no more notices of changes to give (inotify).'
          : `Changes are not announced (${error instanceof Error ? error.message : String(error)}).`,
        `Files are found by looking, every ${this.#options.rescanMs() / 1000} s.`,
      );
    });
    this.#watcher = watcher;
  }

  #planRescan(): void {
    this.#rescan = setTimeout(() => {
      void this.scan().finally(() => {
        if (!this.#closing.signal.aborted) this.#planRescan();
      });
    }, this.#options.rescanMs());
  }

  async #stamp(file: string): Promise<FileStamp | undefined> {
    const stats = await lstat(join(this.#options.rules().inbox, file)).catch(() => undefined);
    return stats?.isFile() ? stampOf(stats) : undefined;
  }

  #settle(file: string, stamp: FileStamp, looks: number): void {
    const timer = setTimeout(() => void this.#lookAgain(file), this.#options.settleMs());
    this.#candidates.set(file, { stamp, looks, timer });
  }

  async #lookAgain(file: string): Promise<void> {
    const candidate = this.#candidates.get(file);
    if (!candidate) return;
    const stamp = await this.#stamp(file);
    if (this.#closing.signal.aborted) return;
    this.#candidates.delete(file);
    if (stamp && isSameStamp(stamp, candidate.stamp)) {
      this.#pending += 1;
      // One after the other: reading two files at once from one disk is slower.
      this.#arrivals = this.#arrivals
        .then(() => this.#arrive(file, stamp))
        .catch((error: unknown) => {
          if (this.#closing.signal.aborted) return;
          const why = error instanceof Error ? error.message : String(error);
          this.#warnOnce(
            `queue ${file}`,
            'WATCH_NOT_QUEUED',
            `${file} could not be queued (${why}).`,
            'It is tried again.',
          );
        })
        .finally(() => {
          this.#pending -= 1;
          this.#quiet();
        });
      return;
    }
    if (stamp && !this.#options.isLasting && candidate.looks >= 2) {
      this.#options.tell({
        event: 'warning',
        code: 'WATCH_STILL_GROWING',
        message: `${file} is still growing and is left for the next time.`,
      });
    } else if (stamp) this.#settle(file, stamp, candidate.looks + 1);
    this.#quiet();
  }

  async #arrive(file: string, stamp: FileStamp): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted) return;
    const path = join(this.#options.rules().inbox, file);
    let sha256: string;
    try {
      sha256 = await hashFile(path, signal);
    } catch (error) {
      if (signal.aborted || (error as NodeJS.ErrnoException).code === 'ENOENT') return;
      // For now: it is looked at again with the next walk.
      this.#unreadable.set(file, performance.now() + unreadableMs);
      const why = error instanceof Error ? error.message : String(error);
      this.#warnOnce(
        `file ${file}`,
        'WATCH_UNREADABLE',
        `${file} cannot be read (${why}).`,
        'It is tried again.',
      );
      return;
    }
    this.#unreadable.delete(file);
    this.#warned.delete(`file ${file}`);
    const after = await this.#stamp(file);
    if (!after || !isSameStamp(after, stamp)) {
      if (after) this.#settle(file, after, 1);
      return;
    }
    await this.#options.onArrival({ file, stamp, sha256 });
  }

  #warnOnce(key: string, code: string, message: string, hint: string): void {
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    this.#options.tell({ event: 'warning', code, message, hint });
  }

  #quiet(): void {
    if (this.isQuiet) this.#options.onQuiet();
  }
}
