import { createHash } from 'node:crypto';
import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './sync.ts';

/** What was found in a journal that is opened. */
export type OpenedJournal = {
  readonly journal: Journal;
  readonly records: readonly object[];
  /** Lines in the middle that are not as they were written; a torn end is no damage. */
  readonly damagedLines: number;
};

type Waiting = {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/**
 * A file that is only appended to: one JSON object a line, each with a checksum, each on the disk before `append`
 * resolves. What a crash leaves of the last line is cut off when it is opened again.
 */
export class Journal {
  readonly #path: string;
  #file: FileHandle;
  #length: number;
  /** What is appended goes along with what still waits, in one write. */
  #batch: Waiting[] | undefined;
  #work: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, length: number) {
    this.#path = path;
    this.#file = file;
    this.#length = length;
  }

  /** Opens a journal, made when it is not there, and reads it. */
  static async open(path: string): Promise<OpenedJournal> {
    const file = await open(path, 'a+');
    try {
      await file.sync();
      await syncFolder(dirname(path));
    } finally {
      await file.close();
    }
    const content = await readFile(path);
    const { records, goodBytes, damagedLines } = readJournal(content);
    const writing = await open(path, 'r+');
    if (goodBytes < content.length) {
      await writing.truncate(goodBytes);
      await writing.sync();
    }
    return { journal: new Journal(path, writing, goodBytes), records, damagedLines };
  }

  /** Bytes in the file. */
  get sizeBytes(): number {
    return this.#length;
  }

  /** Appends records that belong together, and resolves when they are on the disk. */
  append(...records: readonly object[]): Promise<void> {
    const text = records.map(journalLine).join('');
    return new Promise((resolve, reject) => {
      if (!this.#batch) {
        const batch: Waiting[] = [];
        this.#batch = batch;
        this.#work = this.#work.then(() => this.#write(batch));
      }
      this.#batch.push({ text, resolve, reject });
    });
  }

  /** Replaces everything with these records, as a whole: after a crash there is the old file or the new one. */
  rewrite(records: readonly object[]): Promise<void> {
    // What is appended from now on comes after it.
    this.#batch = undefined;
    const done = this.#work.then(async () => {
      const temporary = `${this.#path}.new`;
      const content = Buffer.from(records.map(journalLine).join(''));
      const file = await open(temporary, 'w');
      try {
        await writeAll(file, content, 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#path);
      await syncFolder(dirname(this.#path));
      await this.#file.close();
      this.#file = await open(this.#path, 'r+');
      this.#length = content.length;
    });
    this.#work = done.catch(() => undefined);
    return done;
  }

  /** Waits for what is being written and closes the file. */
  async close(): Promise<void> {
    await this.#work;
    await this.#file.close();
  }

  /** Writes a batch with one sync. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    if (this.#batch === batch) this.#batch = undefined;
    const content = Buffer.from(batch.map(({ text }) => text).join(''));
    try {
      await writeAll(this.#file, content, this.#length);
      await this.#file.datasync();
      this.#length += content.length;
      for (const { resolve } of batch) resolve();
    } catch (error) {
      // A full disk may have taken a part; the next line goes where this one began.
      await this.#file.truncate(this.#length).catch(() => undefined);
      for (const { reject } of batch) reject(error);
    }
  }
}

/** Reads what is whole in a journal. */
export function readJournal(content: Buffer): {
  readonly records: readonly object[];
  /** Up to the end of the last good line. */
  readonly goodBytes: number;
  readonly damagedLines: number;
} {
  const records: object[] = [];
  let [goodBytes, damagedLines, damagedSince] = [0, 0, 0];
  for (let at = 0; at < content.length;) {
    const newline = content.indexOf(10, at);
    const end = newline < 0 ? content.length : newline;
    const record = newline < 0 ? undefined : readLine(content.toString('utf8', at, end));
    at = end + 1;
    if (record === undefined) {
      damagedSince += 1;
      continue;
    }
    records.push(record);
    goodBytes = at;
    // Lines before a good one are no torn end.
    damagedLines += damagedSince;
    damagedSince = 0;
  }
  return { records, goodBytes, damagedLines };
}

/** `{"sum":"<12 hex>",…}`: the sum is over the object without it. */
export function journalLine(record: object): string {
  const text = JSON.stringify(record);
  return `{"sum":"${checksum(text)}",${text.slice(1)}\n`;
}

function readLine(line: string): object | undefined {
  const match = /^\{"sum":"([0-9a-f]{12})",(.*)$/s.exec(line);
  const text = `{${match?.[2] ?? ''}`;
  return match && checksum(text) === match[1] ? (JSON.parse(text) as object) : undefined;
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

async function writeAll(file: FileHandle, content: Buffer, position: number): Promise<void> {
  for (let done = 0; done < content.length;) {
    const { bytesWritten } = await file.write(content, done, content.length - done, position + done);
    done += bytesWritten;
  }
}
