import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { defer, lastValueFrom, tap, toArray } from 'rxjs';
import { findFfprobe } from '../../src/media/find.ts';
import type { RunEvent, TrackSummary } from '../../src/core/events.ts';
import type { WatchEvent } from '../../src/core/watch-events.ts';
import { passthrough, runVideo } from '../../src/pipeline/run-video.ts';
import type { JobKind } from '../../src/pipeline/watch/job-kind.ts';
import type { JobOptions } from '../../src/pipeline/watch/sidecars.ts';
import type { WatchOptions } from '../../src/pipeline/watch/settings.ts';
import { watchFolder, type WatchSurroundings } from '../../src/pipeline/watch/watch-folder.ts';
import { ffmpeg, temporaryFolder } from './media.ts';

const run = promisify(execFile);

/** A job that decodes and encodes and changes nothing: all of a watch but the faces. */
export const passKind: JobKind = {
  run: ({ target, output, options }, { signal, env }) => {
    const { codec, crf, preset, pixelFormat, audio } = options;
    const range = options.range ?? options.frames;
    const encode = { codec, crf, preset: preset ?? 'ultrafast', pixelFormat, audio };
    return runVideo({
      target,
      output,
      overwrite: false,
      range,
      encode,
      work: passthrough,
      signal,
      ...(env ? { env } : {}),
    });
  },
  check: () => Promise.resolve(),
  describe: () => Promise.resolve({ models: 'none' }),
};

/** Two folders in a temporary one. */
export type WatchPlace = {
  readonly path: string;
  readonly inbox: string;
  readonly outputDir: string;
  /** A watch on them with short waits. */
  readonly options: WatchOptions;
  /** Makes a clip of some frames, 64x64; its content differs with the seed. */
  readonly clip: (file: string, frames?: number, seed?: number) => Promise<void>;
  /** Files in the output folder, without the state. */
  readonly outputs: () => Promise<readonly string[]>;
  readonly remove: () => Promise<void>;
};

export async function watchPlace(): Promise<WatchPlace> {
  const { path, remove } = await temporaryFolder();
  const [inbox, outputDir] = [join(path, 'in'), join(path, 'out')];
  await mkdir(inbox);
  return {
    ...{ path, inbox, outputDir, remove },
    options: { inbox, outputDir, settle: 0.05, rescan: 0.5, retryWait: 0.05, grace: 5 },
    clip: async (file, frames = 5, seed = 0) => {
      await makeClip(join(inbox, file), frames, seed);
    },
    outputs: () => filesIn(outputDir),
  };
}

const madeClips = new Map<number, Promise<Buffer>>();

/** A clip of some frames, 64x64. Another seed makes another file of the same pictures: a box that players skip. */
export async function makeClip(path: string, frames: number, seed = 0): Promise<void> {
  let making = madeClips.get(frames);
  if (!making) {
    making = (async () => {
      const { path: folder, remove } = await temporaryFolder();
      const clip = join(folder, 'clip.mp4');
      const picture = `testsrc2=s=64x64:r=10:d=${frames / 10}`;
      await ffmpeg(
        ...['-f', 'lavfi', '-i', picture, '-pix_fmt', 'yuv420p', '-c:v', 'libx264'],
        ...['-preset', 'ultrafast', '-movflags', '+faststart', clip],
      );
      const bytes = await readFile(clip);
      await remove();
      return bytes;
    })();
    madeClips.set(frames, making);
  }
  const free = Buffer.alloc(12);
  free.writeUInt32BE(12, 0);
  free.write('free', 4, 'latin1');
  free.writeUInt32BE(seed, 8);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, Buffer.concat([await making, free]));
}

/** What a fake job does with a file, by its name; it may wait, and throw. */
export type FakeWork = (file: string, signal: AbortSignal, options: JobOptions) => Promise<void> | void;

const track: TrackSummary = {
  ...{ id: 0, firstFrame: 1, lastFrame: 4, frames: 3, bridgedFrames: 1, framesChosen: 4 },
  widthPx: { min: 40, max: 42.5 },
};

/** A job that copies the file, after something of the test's own. Quick: starts no process. */
export function copyKind(work: FakeWork = () => undefined, parts: Partial<JobKind> = {}): JobKind {
  return {
    run: ({ target, output, options }, { signal }) =>
      defer(async (): Promise<RunEvent> => {
        const ended = Promise.resolve(work(basename(target), signal, options));
        const aborted = new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        });
        await Promise.race([ended, aborted]);
        await copyFile(target, output);
        const counts = { frames: 5, framesSwapped: 0, framesLost: 0, stageMilliseconds: {}, tracks: [track] };
        return { event: 'finished', output, seconds: 0.1, ...counts };
      }),
    check: () => Promise.resolve(),
    describe: () => Promise.resolve({ models: 'none' }),
    ...parts,
  };
}

/** Files below a folder, without hidden ones. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
    .sort();
}

/** Works on what is there and gives back all that was told. */
export function watchOnce(
  options: WatchOptions,
  surroundings: WatchSurroundings & {
    readonly kind?: JobKind;
    readonly onEvent?: (event: WatchEvent) => void;
  } = {},
): Promise<readonly WatchEvent[]> {
  const { kind = passKind, onEvent, ...rest } = surroundings;
  return lastValueFrom(watchFolder({ ...options, once: true }, kind, rest).pipe(tap(onEvent), toArray()));
}

/** A watch that goes on; `stop` ends it well and gives back all that it told. */
export function startWatch(
  options: WatchOptions,
  surroundings: Omit<WatchSurroundings, 'stop'> & { readonly kind?: JobKind } = {},
): {
  readonly events: readonly WatchEvent[];
  /** Resolves with the first event that fits, also one that came before. */
  readonly next: <E extends WatchEvent['event']>(
    name: E,
    fits?: (event: Extract<WatchEvent, { event: E }>) => boolean,
  ) => Promise<Extract<WatchEvent, { event: E }>>;
  readonly stop: () => Promise<readonly WatchEvent[]>;
} {
  const { kind = passKind, ...rest } = surroundings;
  const events: WatchEvent[] = [];
  const waiting = new Set<() => void>();
  const stop = new AbortController();
  let failed: unknown;
  const ended = lastValueFrom(
    watchFolder(options, kind, { ...rest, stop: stop.signal }).pipe(
      tap((event) => {
        events.push(event);
        for (const look of waiting) look();
      }),
      toArray(),
    ),
  );
  ended.catch((error: unknown) => {
    failed = error;
    for (const look of waiting) look();
  });
  return {
    events,
    next: (name, fits = () => true) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = events.find((event) => event.event === name && fits(event as never));
          if (!found && failed === undefined) return;
          waiting.delete(look);
          clearTimeout(timer);
          if (found) resolve(found as never);
          else reject(failed instanceof Error ? failed : new Error(String(failed)));
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(
            new Error(
              `No event ${name} came; there were: ${events.map((e) => JSON.stringify(e)).join('\n')}`,
            ),
          );
        }, 50_000);
        waiting.add(look);
        look();
      }),
    stop: () => {
      stop.abort();
      return ended;
    },
  };
}

/** Frames of a video, counted by decoding. */
export async function countFrames(path: string): Promise<number> {
  const { stdout } = await run((await findFfprobe()).path, [
    ...['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_frames'],
    ...['-of', 'csv=p=0', `file:${path}`],
  ]);
  return Number(stdout.trim().replace(/,$/, ''));
}

/** The records of a watch's journal. */
export async function journalOf(outputDir: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await readFile(join(outputDir, '.facet', 'journal.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
