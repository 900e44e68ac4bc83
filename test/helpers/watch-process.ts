import { spawn, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WatchEvent } from '../../src/core/watch-events.ts';

const program = join(dirname(fileURLToPath(import.meta.url)), '..', 'fixtures', 'watch', 'pass-watch.mjs');

/** A run of `facet watch` in a process of its own, with jobs that change nothing. */
export type WatchProcess = {
  readonly child: ChildProcess;
  readonly events: readonly WatchEvent[];
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Calls back with every event. */
  readonly onEvent: (listener: (event: WatchEvent) => void) => void;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }>;
};

/** Starts it with --json. */
export function startWatchProcess(
  args: readonly string[],
  { env = {}, uid }: { readonly env?: Record<string, string>; readonly uid?: number } = {},
): WatchProcess {
  const child = spawn(process.execPath, [program, 'watch', '--json', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const events: WatchEvent[] = [];
  const listeners: ((event: WatchEvent) => void)[] = [];
  let [stdout, rest, stderr] = ['', '', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('{"event"')) continue;
      const event = JSON.parse(line) as WatchEvent;
      events.push(event);
      for (const listener of listeners) listener(event);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return {
    child,
    events,
    stdout: () => stdout,
    stderr: () => stderr,
    onEvent: (listener) => {
      listeners.push(listener);
    },
    ended: new Promise((resolve) => {
      child.on('close', (exitCode, signal) => {
        resolve({ exitCode, signal });
      });
    }),
  };
}
