import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Which process this is, so that another one can tell later whether it still runs. */
export type ProcessIdentity = {
  readonly pid: number;
  readonly host: string;
  /** Changes with every start of the machine; undefined where the system does not tell. */
  readonly bootId: string | undefined;
  /** Processes of another name space (container) have numbers of their own. */
  readonly pidSpace: string | undefined;
  /** When it began, in ticks since the machine's start: numbers of processes are used again. */
  readonly startTicks: string | undefined;
};

/** Identity of the process that asks. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const [bootId, pidSpace, startTicks] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    ),
    readlink('/proc/self/ns/pid').catch(() => undefined),
    startTicksOf(process.pid),
  ]);
  return { pid: process.pid, host: hostname(), bootId, pidSpace, startTicks };
}

/**
 * Whether a process still runs: `unknown` when it belongs to another machine or container, which cannot be asked.
 */
export async function lifeOf(other: ProcessIdentity): Promise<'running' | 'gone' | 'unknown'> {
  const own = await ownIdentity();
  if (other.bootId !== own.bootId) return other.host === own.host ? 'gone' : 'unknown';
  if (other.pidSpace !== own.pidSpace) return 'unknown';
  if (other.bootId === undefined && other.host !== own.host) return 'unknown';
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone';
  }
  const startTicks = await startTicksOf(other.pid);
  return other.startTicks === undefined || startTicks === other.startTicks ? 'running' : 'gone';
}

/** Field 22 of /proc/PID/stat; the second field is a name in brackets that may hold anything. */
async function startTicksOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
