import { spawn } from 'node:child_process';
import { InputError } from '../core/errors.ts';
import { locateFfprobe } from './find.ts';
import { noForeignTables } from './no-foreign-tables.ts';
import type { Asking } from './remember-answers.ts';

/** How ffprobe ended and what it said on the way. */
export type ProbeEnd = { readonly exitCode: number | null; readonly errors: string };

/**
 * Runs ffprobe on a file and gives its output to `onText` piece by piece, so that a list of a million packets
 * need not lie in memory as text.
 *
 * @throws {InputError} when ffprobe does not start or dies of a signal; a file it cannot read is told by `errors`
 */
export async function runFfprobe(
  path: string,
  args: readonly string[],
  onText: (text: string) => void,
  { env, signal, onStart }: Asking,
): Promise<ProbeEnd> {
  const ffprobe = await locateFfprobe(env);
  return new Promise((resolve, reject) => {
    const child = spawn(ffprobe, ['-v', 'error', ...args, '-i', fileUrl(path)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...noForeignTables },
      windowsHide: true,
    });
    child.once('spawn', () => onStart?.());
    let errors = '';
    const stop = (): void => {
      child.kill('SIGKILL');
    };
    signal?.addEventListener('abort', stop, { once: true });
    child.stdout.setEncoding('utf8').on('data', onText);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000);
    });
    child.on('error', (cause: NodeJS.ErrnoException) => {
      signal?.removeEventListener('abort', stop);
      reject(
        new InputError(`The ffprobe ${ffprobe} does not run (${cause.code ?? cause.message}).`, {
          code: 'FFMPEG_MISSING',
          hint: 'Install ffmpeg, or set FFPROBE_PATH to an ffprobe that runs.',
          cause,
        }),
      );
    });
    child.on('close', (exitCode, killedBy) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason as Error);
      else if (killedBy === null) resolve({ exitCode, errors });
      else reject(killedError(ffprobe, path, killedBy, errors));
    });
  });
}

/** Says of ffprobe, not of the file, that something is wrong: a crash tells nothing about what is in it. */
function killedError(ffprobe: string, path: string, killedBy: string, errors: string): InputError {
  return new InputError(`ffprobe died (${killedBy}) while it read ${path}.`, {
    code: 'PROBE_KILLED',
    hint: `Try again; if it dies again, install a current ffmpeg or set FFPROBE_PATH to another one than ${ffprobe}.`,
    ...(errors.trim() === '' ? {} : { cause: new Error(`ffprobe said:\n${errors.trim()}`) }),
  });
}

/** A path that ffmpeg takes as a file whatever its name looks like (`-x.mp4`, `a:b.mp4`, `concat:…`). */
export function fileUrl(path: string): string {
  return `file:${path}`;
}
