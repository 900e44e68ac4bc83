import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ModelError, OutputError } from '../core/errors.ts';
import { hashFile } from './check-file.ts';
import { download, DownloadFailure } from './download.ts';
import { writeError } from './file-errors.ts';
import type { Env } from './folders.ts';
import { withLock } from './lock-file.ts';
import { findInMirror, type Mirror } from './mirror.ts';
import { connect, proxyOf } from './proxies.ts';

/** A file to bring here. */
export type WantedFile = {
  /** Where it goes. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Addresses, best first. */
  readonly urls: readonly string[];
  /** How the user asks for it again, e.g. `facet models pull yunet`. */
  readonly command: string;
};

/** What a pull tells while it works. */
export type FetchEvent = {
  readonly event: 'fetching' | 'fetched' | 'kept';
  readonly file: string;
  /** Where from: an address or a path; undefined for a file that was there. */
  readonly from: string | undefined;
  readonly bytesDone: number;
  readonly bytes: number;
};

export type FetchOptions = {
  readonly env: Env;
  readonly mirror?: Mirror | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly tell?: ((event: FetchEvent) => void) | undefined;
  readonly backOffMilliseconds?: number | undefined;
};

/**
 * Brings a file here, from a mirror or its public addresses: into a part file beside it, checked, then renamed.
 * A file that is complete already stays. A part file that is left when it is stopped is gone on with the next time.
 *
 * @throws {ModelError} MODEL_DOWNLOAD_FAILED, MODEL_HASH_MISMATCH, MODEL_MISSING (mirror) or MODEL_BUSY
 * @throws {OutputError} when the cache cannot be written
 */
export async function fetchFile(wanted: WantedFile, options: FetchOptions): Promise<void> {
  const { path, sha256, bytes } = wanted;
  const tell = (event: FetchEvent['event'], bytesDone: number, from?: string): void =>
    options.tell?.({ event, file: path, from, bytesDone, bytes });
  if (await isComplete(wanted)) {
    tell('kept', bytes);
    return;
  }
  try {
    await mkdir(dirname(path), { recursive: true });
    await checkRoom(wanted);
    await withLock(path, async () => {
      const part = `${path}.part`;
      const from = await fill(part, wanted, options, (bytesDone, source) => {
        tell('fetching', bytesDone, source);
      });
      await rename(part, path);
      tell('fetched', bytes, from);
    });
  } catch (error) {
    throw writeError(path, error) ?? error;
  }
  options.signal?.throwIfAborted();

  async function isComplete({ path: at }: WantedFile): Promise<boolean> {
    const size = await stat(at).then(
      (facts) => facts.size,
      () => -1,
    );
    return size === bytes && (await hashFile(at)) === sha256;
  }
}

type OnBytes = (bytesDone: number, source: string) => void;

/** Fills the part file from the first source that has the right content; returns the source. */
async function fill(
  part: string,
  wanted: WantedFile,
  options: FetchOptions,
  onBytes: OnBytes,
): Promise<string> {
  const { mirror, env, signal } = options;
  const name = basename(wanted.path);
  if (mirror?.kind === 'files') {
    const source = await findInMirror(mirror, { ...wanted, name });
    await pipeline(createReadStream(source), createWriteStream(part), signal ? { signal } : {});
    if ((await hashFile(part)) !== wanted.sha256) throw wrongHash(source, wanted);
    return source;
  }
  const urls = mirror ? [`${mirror.base}${name}`] : wanted.urls;
  const failures: { readonly url: string; readonly error: DownloadFailure }[] = [];
  for (const url of urls) {
    const dispatcher = connect(url, env);
    try {
      await downloadWhole(part, url, wanted, { ...options, dispatcher }, onBytes);
      return url;
    } catch (error) {
      if (!(error instanceof DownloadFailure)) throw error;
      failures.push({ url, error });
    } finally {
      await dispatcher.destroy();
    }
  }
  throw downloadError(wanted, failures, env);
}

/** Downloads and checks; content that is wrong after going on with a part file is fetched again from its start. */
async function downloadWhole(
  part: string,
  url: string,
  wanted: WantedFile,
  options: FetchOptions & Pick<Parameters<typeof download>[0], 'dispatcher'>,
  onBytes: OnBytes,
): Promise<void> {
  const { dispatcher, signal, backOffMilliseconds } = options;
  for (const isSecond of [false, true]) {
    const isResumed = (await stat(part).catch(() => undefined)) !== undefined;
    await download({
      url,
      part,
      bytes: wanted.bytes,
      dispatcher,
      signal,
      backOffMilliseconds,
      onBytes: (bytesDone) => {
        onBytes(bytesDone, url);
      },
    });
    if ((await hashFile(part)) === wanted.sha256) return;
    await rm(part, { force: true });
    if (!isResumed || isSecond) break;
  }
  throw new DownloadFailure('the file there has another SHA-256', false, wrongHash(url, wanted));
}

function wrongHash(source: string, { path, sha256 }: WantedFile): ModelError {
  return new ModelError(`What ${source} gave is not the right ${basename(path)}: its SHA-256 differs.`, {
    code: 'MODEL_HASH_MISMATCH',
    hint: `It must be ${sha256}; the file was changed, or something on the way answered in its place.`,
  });
}

function downloadError(
  wanted: WantedFile,
  failures: readonly { readonly url: string; readonly error: DownloadFailure }[],
  env: Env,
): ModelError {
  const name = basename(wanted.path);
  const mismatch = failures.map(({ error }) => error.cause).find((cause) => cause instanceof ModelError);
  if (mismatch) return mismatch;
  const what = failures.map(({ url, error }) => {
    const proxy = proxyOf(url, env);
    return `${new URL(url).host}${proxy === undefined ? '' : ` through the proxy ${proxy}`}: ${error.message}`;
  });
  const [address = 'its address'] = wanted.urls;
  return new ModelError(`${name} cannot be downloaded (${what.join('; ') || 'it has no address'}).`, {
    code: 'MODEL_DOWNLOAD_FAILED',
    hint: `Fetch ${address} elsewhere (${wanted.bytes} bytes, SHA-256 ${wanted.sha256}) and run "${wanted.command} --from FOLDER" with the folder it lies in.`,
    cause: failures[0]?.error,
  });
}

/** Says at once when the disk has no room. */
async function checkRoom({ path, bytes }: WantedFile): Promise<void> {
  const there = await stat(`${path}.part`).then(
    ({ size }) => size,
    () => 0,
  );
  const disk = await statfs(dirname(path)).catch(() => undefined);
  if (!disk || disk.bavail * disk.bsize >= bytes - there) return;
  const missing = Math.ceil((bytes - there - disk.bavail * disk.bsize) / 1e6);
  throw new OutputError(`The disk of ${path} lacks ${missing} MB for it.`, {
    code: 'OUTPUT_DISK_FULL',
    hint: 'Make room, or set FACET_HOME to a folder on another disk.',
  });
}
