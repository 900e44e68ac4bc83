import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TrialMessage } from './trial.ts';
import { workerFile } from './worker-file.ts';

/** What a trial of an execution provider found. */
export type ProviderTrial = {
  readonly provider: string;
  /** True when this build of onnxruntime knows it. */
  readonly isListed: boolean;
  /** True when a tiny network ran on it, wholly and with the right numbers. */
  readonly isUsable: boolean;
  /** Why not, in a few words; empty when usable. */
  readonly problem: string;
  /** How many times as fast as the processor on a network of some size; 0: too slow to wait for. Only when timed. */
  readonly speedUp?: number;
};

/** A device that takes longer than this to start, where it is one of several or asked for, or to compute, is of no use. */
const autoMilliseconds = 20_000;
const namedMilliseconds = 60_000;
const timedMilliseconds = 4_000;

/** Tries an execution provider in a process of its own, so that a driver that crashes or hangs harms nothing. */
export function tryProvider(
  provider: string,
  { isTimed = false }: { readonly isTimed?: boolean } = {},
): Promise<ProviderTrial> {
  const startMilliseconds = isTimed ? autoMilliseconds : namedMilliseconds;
  const child = fork(fileURLToPath(workerFile('trial')), [provider, isTimed ? 'timed' : 'quick'], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  let found: ProviderTrial = { provider, isListed: false, isUsable: false, problem: '' };
  let words = '';
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(stop, startMilliseconds);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-4000)));
  child.on('message', (message: TrialMessage) => {
    if (message.step === 'listed') {
      const isListed = message.listed.includes(provider);
      found = { ...found, isListed, problem: isListed ? '' : 'not part of onnxruntime on this system' };
    } else if (message.step === 'failed') {
      found = { ...found, problem: shortReason(provider, message.reason) };
    } else if (message.step === 'works') {
      found = { ...found, isUsable: true, ...(isTimed && { speedUp: 0 }) };
      clearTimeout(timer);
      timer = setTimeout(stop, timedMilliseconds);
    } else found = { ...found, speedUp: message.cpuMilliseconds / message.milliseconds };
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      clearTimeout(timer);
      if (found.isUsable || found.problem !== '') resolve(found);
      else if (isStopped)
        resolve({ ...found, problem: `it did not answer within ${startMilliseconds / 1000} s` });
      else {
        const last = words.trim().split('\n').at(-1) ?? '';
        const how = signal ?? `exit code ${String(exitCode)}`;
        resolve({ ...found, problem: `it crashed (${how})${last === '' ? '' : `: ${last}`}` });
      }
    });
  });
}

/** The useful part of onnxruntime's words. */
function shortReason(provider: string, reason: string): string {
  if (/load shared library|providers_shared/i.test(reason)) return 'its libraries are not installed';
  if (/WebGPU adapter/i.test(reason)) return 'no graphics adapter was found';
  if (/fallback to CPU/i.test(reason)) return 'it leaves the trial network to the processor';
  if (/no CUDA-capable device|CUDA driver version|CUDA failure 100/i.test(reason))
    return 'no CUDA device was found';
  const line = reason.split('\n')[0] ?? '';
  return (
    line.replace(/^.*\[ONNXRuntimeError\][ :\d]*(?:[A-Z_]+ : )?/, '').slice(0, 200) || `${provider} failed`
  );
}
