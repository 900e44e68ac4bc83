import type { Writable } from 'node:stream';
import Ffmpeg from 'fluent-ffmpeg';
import type { FoundFfmpeg } from './find.ts';

export type FfmpegInput = { readonly options: readonly string[]; readonly url: string };
export type FfmpegOutput = { readonly options: readonly string[]; readonly target: string | Writable };

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
  /** Process id. */
  readonly pid: number | undefined;
  /** Resolves when the process is gone and its output is read; never rejects. */
  readonly ended: Promise<FfmpegEnd>;
  /** Kills it and resolves when it is gone. Harmless afterwards. */
  kill(): Promise<void>;
};

/** The parts of fluent-ffmpeg's command that its types leave out (version 2.1.3, pinned). */
type CommandInside = {
  ffmpegProc?: { readonly stdin: Writable; readonly pid?: number };
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
export function startFfmpeg({ ffmpeg, inputs, output }: FfmpegJob): Promise<FfmpegProcess> {
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
    spawn(args, { ...options, env: { ...process.env, ...steadyMemory } }, ...callbacks);
  };
  for (const { options, url } of inputs) {
    command.input(url);
    if (options.length > 0) command.inputOptions(...options);
  }
  command.output(output.target as string);
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
  return new Promise((resolve, reject) => {
    let isStarted = false;
    command.on('start', () => {
      isStarted = true;
      const child = inside.ffmpegProc;
      if (!child) return;
      // A process that is gone closes its input; that it is gone is told by `ended`.
      child.stdin.on('error', () => undefined);
      resolve({
        stdin: child.stdin,
        pid: child.pid,
        ended,
        kill: async () => {
          command.kill('SIGKILL');
          await ended;
        },
      });
    });
    void ended.then((end) => {
      if (!isStarted) reject(new Error(`ffmpeg did not start: ${end.lastLines}`));
    });
    command.run();
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
