import { open, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { fetch, type Dispatcher, type Response } from 'undici';
import { codeOf, writeError } from './file-errors.ts';

export type DownloadRequest = {
  readonly url: string;
  /** File that grows; what is in it already is taken as the beginning. */
  readonly part: string;
  /** Size of the whole file. */
  readonly bytes: number;
  readonly dispatcher: Dispatcher;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that are there, often. */
  readonly onBytes?: ((bytesDone: number) => void) | undefined;
  /** Milliseconds before the first new attempt; doubled for each further one. */
  readonly backOffMilliseconds?: number | undefined;
};

/** A download that did not succeed, and whether other addresses may still work. */
export class DownloadFailure extends Error {
  /** True when nothing was reached at all: the machine may be offline. */
  readonly isOffline: boolean;
  constructor(message: string, isOffline: boolean, cause?: unknown) {
    super(message, { cause });
    this.isOffline = isOffline;
  }
}

/** Attempts without a single new byte before giving up. */
const attempts = 4;
/** A server that says to come back later is obeyed up to this long. */
const longestWaitSeconds = 30;

/**
 * Downloads into a part file until it has its full size, going on where it stands: after a cut connection, and also
 * where an earlier run was stopped. The content is not checked.
 *
 * @throws {DownloadFailure} when the server says no, sends another size, or cannot be reached
 * @throws {OutputError} when the part file cannot be written
 */
export async function download(request: DownloadRequest): Promise<void> {
  const { part, bytes, signal, backOffMilliseconds = 500 } = request;
  let fruitless = 0;
  for (;;) {
    const before = await sizeOf(part);
    if (before === bytes) return;
    try {
      await attempt(request, before > bytes ? 0 : before);
      continue;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!(error instanceof Again)) throw error;
      fruitless = (await sizeOf(part)) > before ? 0 : fruitless + 1;
      if (fruitless >= attempts) throw new DownloadFailure(error.message, error.isOffline, error.cause);
      const milliseconds = error.waitSeconds * 1000 || backOffMilliseconds * 2 ** fruitless;
      await wait(milliseconds, undefined, signal ? { signal } : {}).catch(() => undefined);
      if (signal?.aborted) throw signal.reason;
    }
  }
}

/** Something that may go better the next time. */
class Again extends Error {
  readonly isOffline: boolean;
  readonly waitSeconds: number;
  constructor(message: string, isOffline: boolean, waitSeconds = 0, cause?: unknown) {
    super(message, { cause });
    this.isOffline = isOffline;
    this.waitSeconds = waitSeconds;
  }
}

async function attempt(request: DownloadRequest, from: number): Promise<void> {
  const { url, bytes, dispatcher, signal } = request;
  let response: Response;
  try {
    response = await fetch(url, {
      dispatcher,
      ...(signal && { signal }),
      // Compressed on the way, the ranges would count something else.
      headers: { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) },
    });
  } catch (cause) {
    throw new Again(reasonOf(cause), true, 0, cause);
  }
  try {
    await receive(request, response, startOf(response, from, bytes));
  } finally {
    await response.body?.cancel().catch(() => undefined);
  }
}

/** Where the answer's first byte belongs. */
function startOf({ status, headers }: Response, from: number, bytes: number): number {
  if (status === 206) {
    const [, start, , total] = /^bytes (\d+)-(\d+)\/(\d+|\*)/.exec(headers.get('content-range') ?? '') ?? [];
    if (Number(start) !== from) throw new DownloadFailure('the server sent another range', false);
    if (total !== '*' && Number(total) !== bytes) throw otherSize(Number(total), bytes);
    return from;
  }
  if (status === 200) {
    const length = headers.get('content-length');
    if (length !== null && Number(length) !== bytes) throw otherSize(Number(length), bytes);
    return 0;
  }
  const words = `the server answered ${status}`;
  if (status === 408 || status === 429 || status >= 500) {
    const after = Number(headers.get('retry-after') ?? 0);
    throw new Again(words, false, after > 0 ? Math.min(after, longestWaitSeconds) : 0);
  }
  throw new DownloadFailure(words, false);
}

function otherSize(found: number, expected: number): DownloadFailure {
  return new DownloadFailure(`the file there has ${found} bytes, not ${expected}`, false);
}

async function receive(
  { part, bytes, onBytes }: DownloadRequest,
  response: Response,
  start: number,
): Promise<void> {
  const file = await open(part, start === 0 ? 'w' : 'a').catch((error: unknown) => {
    throw writeError(part, error) ?? error;
  });
  let done = start;
  try {
    if (!response.body) throw new Again('the server sent nothing', false);
    const pieces = response.body[Symbol.asyncIterator]();
    for (;;) {
      const next = await pieces.next().catch((cause: unknown) => {
        throw new Again(`the connection was cut (${reasonOf(cause)})`, false, 0, cause);
      });
      if (next.done === true) break;
      const piece = next.value as Uint8Array;
      if (done + piece.length > bytes) throw otherSize(done + piece.length, bytes);
      await file.write(piece).catch((error: unknown) => {
        throw writeError(part, error) ?? error;
      });
      done += piece.length;
      onBytes?.(done);
    }
  } finally {
    await file.close();
  }
  if (done < bytes) throw new Again(`the connection was cut after ${done} of ${bytes} bytes`, false);
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** What went wrong with a connection, in few words. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its address cannot be looked up';
  if (code === 'ECONNREFUSED') return 'the connection was refused';
  if (/TIMEOUT|TIMEDOUT/.test(code)) return 'there was no answer in time';
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && cause.message !== '' ? cause.message : code || String(error);
}
