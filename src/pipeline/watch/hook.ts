import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import type { TellWatch } from '../../core/watch-events.ts';
import type { JobEntry } from './entries.ts';

/** What `--on-done` is told of a file. */
export type HookMessage = {
  readonly event: 'done' | 'failed';
  readonly file: string;
  readonly id: string;
  /** Absolute paths; only when it is done. */
  readonly output?: string;
  readonly report?: string;
  readonly result?: JobEntry['result'];
  /** Only when it failed. */
  readonly problem?: JobEntry['failures'][number];
};

/** What a job's end is told as. */
export function hookMessage(entry: JobEntry, outputDir: string): HookMessage {
  const { file, id, state, output, result } = entry;
  const problem = entry.failures.at(-1);
  if (state !== 'done') return { event: 'failed', file, id, ...(problem ? { problem } : {}) };
  const path = join(outputDir, output ?? '');
  return { event: 'done', file, id, output: path, report: `${path}.json`, ...(result ? { result } : {}) };
}

export type HookOptions = {
  readonly hook: () => string | undefined;
  readonly tell: TellWatch;
  /** Written down when it has heard, or when there is no hope. */
  readonly onTold: (id: string, isHeard: boolean) => Promise<void>;
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  /** Wait before the second try; doubles. */
  readonly firstWaitMs?: number;
};

const mostTries = 6;
/** How long one call may take. */
const callMs = 30_000;

/**
 * Tells the world of ended jobs, one after the other and beside the work: a command gets the message on its
 * stdin, an address by POST. Tried again with growing waits; what was not told when the process ends is told by
 * the next one, so that a message may come twice but is not lost.
 */
export class HookCaller {
  readonly #options: HookOptions;
  readonly #closing = new AbortController();
  #work: Promise<void> = Promise.resolve();

  constructor(options: HookOptions) {
    this.#options = options;
  }

  /** Lines a message up. */
  call(message: HookMessage): void {
    this.#work = this.#work.then(() => this.#deliver(message)).catch(() => undefined);
  }

  /** Waits for what is lined up, but not longer than `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const late = new AbortController();
    await Promise.race([
      this.#work,
      wait(graceMs, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    this.#closing.abort(new Error('The watch ends.'));
    await this.#work;
  }

  async #deliver(message: HookMessage): Promise<void> {
    const { hook, tell, onTold, env, firstWaitMs = 1000 } = this.#options;
    for (let tries = 1; ; tries++) {
      const target = hook();
      if (target === undefined || this.#closing.signal.aborted) return;
      try {
        await (/^https?:\/\//.test(target)
          ? post(target, message, this.#closing.signal)
          : run(target, message, env, this.#closing.signal));
        await onTold(message.id, true);
        return;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        if (tries >= mostTries) {
          tell({
            event: 'warning',
            code: 'WATCH_HOOK_FAILED',
            message: `--on-done did not work for ${message.file} (${error instanceof Error ? error.message : String(error)}).`,
            hint: `It was tried ${tries} times.`,
          });
          await onTold(message.id, false);
          return;
        }
        await wait(firstWaitMs * 2 ** (tries - 1), undefined, { signal: this.#closing.signal }).catch(
          () => undefined,
        );
      }
    }
  }
}

async function post(url: string, message: HookMessage, closing: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
    signal: AbortSignal.any([AbortSignal.timeout(callMs), closing]),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
}

/** Runs a command in the shell; file names reach it by stdin and environment, never as part of the command. */
function run(
  command: string,
  message: HookMessage,
  env: Readonly<Record<string, string | undefined>> = process.env,
  closing: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, {
      shell: true,
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: callMs,
      signal: closing,
      env: {
        ...env,
        FACET_EVENT: message.event,
        FACET_FILE: message.file,
        FACET_OUTPUT: message.output ?? '',
        FACET_REPORT: message.report ?? '',
      },
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-500);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(message)}\n`);
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      if (exitCode === 0) resolve();
      else
        reject(
          new Error(
            `it ends with ${exitCode ?? signal ?? 'nothing'}${said === '' ? '' : `: ${said.trim()}`}`,
          ),
        );
    });
  });
}
