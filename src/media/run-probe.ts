import { spawn } from 'node:child_process';
import { locateFfprobe, type Env } from './find.ts';

/** How ffprobe ended and what it said on the way. */
export type ProbeEnd = { readonly exitCode: number | null; readonly errors: string };

/**
 * Runs ffprobe on a file and gives its output to `onText` piece by piece, so that a list of a million packets
 * need not lie in memory as text.
 */
export async function runFfprobe(
  path: string,
  args: readonly string[],
  onText: (text: string) => void,
  env?: Env,
  signal?: AbortSignal,
): Promise<ProbeEnd> {
  const ffprobe = await locateFfprobe(env);
  return new Promise((resolve, reject) => {
    const child = spawn(ffprobe, ['-v', 'error', ...args, '-i', fileUrl(path)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let errors = '';
    const stop = (): void => {
      child.kill('SIGKILL');
    };
    signal?.addEventListener('abort', stop, { once: true });
    child.stdout.setEncoding('utf8').on('data', onText);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000);
    });
    child.on('error', reject);
    child.on('close', (exitCode) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve({ exitCode, errors });
    });
  });
}

/** A path that ffmpeg takes as a file whatever its name looks like (`-x.mp4`, `a:b.mp4`, `concat:…`). */
export function fileUrl(path: string): string {
  return `file:${path}`;
}
