import { createHash } from 'node:crypto';
import { applyRecord, type JobEntry, type JobRecord } from './entries.ts';
import { Journal } from './journal.ts';

/** The journal is written anew when it is this much longer than what it tells, in records a job. */
const compactFactor = 12;
const compactMinimum = 2000;

/**
 * All jobs, as the journal on the disk tells them: a change counts only once it is written. Whoever starts after
 * a crash reads the same.
 */
export class Ledger {
  readonly #journal: Journal;
  readonly #entries = new Map<string, JobEntry>();
  readonly #byFile = new Map<string, Set<string>>();
  readonly #recording = new Set<Promise<void>>();
  #compacting: Promise<void> | undefined;
  #recordCount = 0;
  #last: { inbox: string } | undefined;
  readonly damagedLines: number;

  private constructor(journal: Journal, records: readonly object[], damagedLines: number) {
    this.#journal = journal;
    this.damagedLines = damagedLines;
    for (const record of records) this.#apply(record as JobRecord);
  }

  /** Opens a journal and reads what it tells. */
  static async open(path: string): Promise<Ledger> {
    const { journal, records, damagedLines } = await Journal.open(path);
    return new Ledger(journal, records, damagedLines);
  }

  /** All jobs by id. */
  get entries(): ReadonlyMap<string, JobEntry> {
    return this.#entries;
  }

  /** The inbox of the last watch. */
  get lastInbox(): string | undefined {
    return this.#last?.inbox;
  }

  /** The job of this id. */
  get(id: string): JobEntry | undefined {
    return this.#entries.get(id);
  }

  /** The jobs of a file, one for every content it has had. */
  ofFile(file: string): readonly JobEntry[] {
    return [...(this.#byFile.get(file) ?? [])].flatMap((id) => this.#entries.get(id) ?? []);
  }

  /** Writes records; what they say holds when this resolves. @throws what the disk says, and then nothing has changed */
  async record(...records: readonly JobRecord[]): Promise<void> {
    while (this.#compacting) await this.#compacting.catch(() => undefined);
    const recording = this.#journal.append(...records).then(() => {
      for (const record of records) this.#apply(record);
    });
    this.#recording.add(recording);
    await recording.finally(() => this.#recording.delete(recording));
  }

  /** Shortens the journal when it is worth it: one record a job. Records wait meanwhile, so that none is lost. */
  async compact({ isForced = false } = {}): Promise<void> {
    const wanted = Math.max(compactMinimum, this.#entries.size * compactFactor);
    if (this.#compacting || (!isForced && this.#recordCount < wanted)) return;
    this.#compacting = this.#compact().finally(() => {
      this.#compacting = undefined;
    });
    await this.#compacting;
  }

  async #compact(): Promise<void> {
    await Promise.allSettled(this.#recording);
    const records: JobRecord[] = [...this.#entries.values()].map((entry) => ({ type: 'entry', entry }));
    if (this.#last) records.unshift(openedRecord(this.#last.inbox));
    await this.#journal.rewrite(records);
    this.#recordCount = records.length;
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #apply(record: JobRecord): void {
    this.#recordCount += 1;
    applyRecord(this.#entries, record);
    if (record.type === 'opened') this.#last = record;
    else if (record.type === 'queued') this.#index(record.file, record.id);
    else if (record.type === 'entry') this.#index(record.entry.file, record.entry.id);
  }

  #index(file: string, id: string): void {
    const ids = this.#byFile.get(file) ?? new Set();
    this.#byFile.set(file, ids.add(id));
  }
}

/** The id of a job: the same file with the same content is the same job. */
export function jobId(file: string, sha256: string): string {
  return createHash('sha256').update(`${file}\0${sha256}`).digest('hex').slice(0, 16);
}

/** The first record of a watch. */
export function openedRecord(inbox: string): JobRecord {
  return { type: 'opened', at: now(), inbox, pid: process.pid };
}

/** The time as the journal writes it. */
export function now(): string {
  return new Date().toISOString();
}
