import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'cli', 'main.js');

export type CliResult = {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The events of --json. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
};

/** A run of the built command, and the process that it is. */
export function startCli(
  args: readonly string[],
  options: { readonly env?: Record<string, string | undefined>; readonly uid?: number } = {},
): { readonly child: ChildProcess; readonly result: Promise<CliResult> } {
  const child = spawn(process.execPath, [main, ...args], {
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      const events = stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .flatMap((line) => {
          try {
            return [JSON.parse(line) as Readonly<Record<string, unknown>>];
          } catch {
            return [];
          }
        });
      resolve({ exitCode, stdout, stderr, events });
    });
  });
  return { child, result };
}

/** Runs the built command to its end. */
export function cli(
  args: readonly string[],
  options: Parameters<typeof startCli>[1] = {},
): Promise<CliResult> {
  return startCli(args, options).result;
}

/** Ids of the ffmpegs that a process has started, with their command lines. */
export async function ffmpegsOf(pid: number): Promise<readonly { pid: number; command: string }[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const found: { pid: number; command: string }[] = [];
  for (const word of children.trim().split(' ')) {
    if (word === '') continue;
    const command = (await readFile(`/proc/${word}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
    if (/ffmpeg/.test(command) && / -f nut/.test(command)) found.push({ pid: Number(word), command });
  }
  return found;
}

/** Resolves when a condition holds; rejects after some seconds. */
export async function until<T>(ask: () => Promise<T | undefined>, what: string, seconds = 20): Promise<T> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const value = await ask();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`${what} did not happen within ${seconds} s.`);
}
