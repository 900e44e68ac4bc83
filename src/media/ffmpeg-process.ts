import type { Readable, Writable } from 'node:stream';
import Ffmpeg from 'fluent-ffmpeg';
import type { FoundFfmpeg } from './find.ts';
import { noForeignTables } from './no-foreign-tables.ts';
import { openOutputSocket, readFromStream, type ByteTaker, type OutputReading } from './output-reader.ts';

export type FfmpegInput = { readonly options: readonly string[]; readonly url: string };
export type FfmpegOutput = {
  readonly options: readonly string[];
  /** A file, or what takes the bytes of its standard output. */
  readonly target: string | ByteTaker;
};

export type FfmpegJob = {
  readonly ffmpeg: FoundFfmpeg;
  readonly inputs: readonly FfmpegInput[];
  readonly output: FfmpegOutput;
};

/** How an ffmpeg ended. */
export type FfmpegEnd = {
  /** True when it ended by itself with exit code 0. */
  readonly isOk: boolean;
  /** Name of the signal that killed it, if one did. */
  readonly killedBy: string | undefined;
  /** Last lines of its stderr. */
  readonly lastLines: string;
};

export type FfmpegProcess = {
  /** Its standard input. */
  readonly stdin: Writable;
  /** The reading of its standard output, if that is its target; may go on when the process is gone. */
  readonly reading: OutputReading | undefined;
  /** Process id. */
  readonly pid: number | undefined;
  /** Resolves when the process is gone; never rejects. */
  readonly ended: Promise<FfmpegEnd>;
  /** Kills it and resolves when it is gone. Harmless afterwards. */
  kill(): Promise<void>;
};

/** The parts of fluent-ffmpeg's command that its types leave out (version 2.1.3, pinned). */
type CommandInside = {
  ffmpegProc?: { readonly stdin: Writable; readonly stdout: Readable | null; readonly pid?: number };
  _getFfmpegPath(callback: (error: Error | null, path: string) => void): void;
  _checkCapabilities(callback: (error?: Error) => void): void;
  availableEncoders(callback: (error: Error | null, encoders: Record<string, never>) => void): void;
  _spawnFfmpeg(args: string[], options: Record<string, unknown>, ...callbacks: unknown[]): void;
};

/**
 * Keeps glibc from giving every frame's memory back to the system and asking for it again: a page fault every
 * 4 KiB of picture, 2-5 % of the time of decoding and encoding 1080p here. Other C libraries ignore it.
 */
const steadyMemory = {
  MALLOC_MMAP_THRESHOLD_: '1073741824',
  MALLOC_TRIM_THRESHOLD_: '1073741824',
} as const;

/** Starts ffmpeg and resolves when it runs. */
export async function startFfmpeg({ ffmpeg, inputs, output }: FfmpegJob): Promise<FfmpegProcess> {
  const { target } = output;
  const taker = typeof target === 'string' ? undefined : target;
  const socket = taker && (await openOutputSocket(taker));
  const command = Ffmpeg({ stdoutLines: 60 });
  const inside = command as unknown as CommandInside;
  // Its own way keeps one path a process and asks ffmpeg what it can do before it starts (0.1 s a question).
  inside._getFfmpegPath = (callback) => {
    callback(null, ffmpeg.path);
  };
  inside._checkCapabilities = (callback) => {
    callback();
  };
  inside.availableEncoders = (callback) => {
    callback(null, {});
  };
  const spawn = inside._spawnFfmpeg.bind(command);
  inside._spawnFfmpeg = (args, options, ...callbacks) => {
    const stdio = ['pipe', taker ? (socket?.writeEnd ?? 'pipe') : 'ignore', 'pipe'];
    const env = { ...process.env, ...steadyMemory, ...noForeignTables };
    spawn(args, { ...options, stdio, env, captureStdout: false }, ...callbacks);
  };
  for (const { options, url } of inputs) {
    command.input(url);
    if (options.length > 0) command.inputOptions(...options);
  }
  command.output(typeof target === 'string' ? target : 'pipe:1');
  command.outputOptions(...output.options);

  const ended = new Promise<FfmpegEnd>((resolve) => {
    const lines = (stderr: unknown): string => (typeof stderr === 'string' ? tail(stderr) : '');
    command.on('end', (_stdout: unknown, stderr: unknown) => {
      resolve({ isOk: true, killedBy: undefined, lastLines: lines(stderr) });
    });
    command.on('error', (error: Error, _stdout: unknown, stderr: unknown) => {
      const killedBy = /killed with signal (\S+)/.exec(error.message)?.[1];
      resolve({ isOk: false, killedBy, lastLines: lines(stderr) || error.message });
    });
  });
  return new Promise<FfmpegProcess>((resolve, reject) => {
    let isStarted = false;
    command.on('start', () => {
      isStarted = true;
      const child = inside.ffmpegProc;
      if (!child) return;
      // A process that is gone closes its input; that it is gone is told by `ended`.
      child.stdin.on('error', () => undefined);
      const reading =
        socket?.reading ?? (taker && child.stdout ? readFromStream(child.stdout, taker) : undefined);
      resolve({
        stdin: child.stdin,
        reading,
        pid: child.pid,
        ended,
        kill: async () => {
          command.kill('SIGKILL');
          await ended;
        },
      });
    });
    void ended.then((end) => {
      if (isStarted) return;
      socket?.reading.stop();
      reject(new Error(`ffmpeg did not start: ${end.lastLines}`));
    });
    command.run();
  }).finally(() => {
    // Held by ffmpeg alone, or else its end is never seen.
    socket?.writeEnd.destroy();
  });
}

/** Last lines of what ffmpeg wrote, without its banner and progress. */
function tail(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-12)
    .join('\n');
}
