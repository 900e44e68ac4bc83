import { execFile, spawn } from 'node:child_process';
import { access, mkdir, readFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findFfmpeg } from '../src/media/find.ts';

const run = promisify(execFile);

/** How a network is run where only its own work is to be measured: two threads that do not spin. */
export const onTwoThreads = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 2,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
} as const;

/** Root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** One measurement: a file `<name>.bench.ts` exports it as `bench`. */
export type Bench = {
  readonly name: string;
  /** One sentence: what is measured against what. */
  readonly what: string;
  /** Measures and resolves with figures; `say` prints a line meanwhile. */
  run(say: (line: string) => void): Promise<Readonly<Record<string, unknown>>>;
};

/** Where material and outputs of benchmarks lie; material is kept for the next run. */
export const workFolder = join(tmpdir(), 'facet-bench');

/** A file made once by ffmpeg. */
export async function material(name: string, args: readonly string[]): Promise<string> {
  await mkdir(workFolder, { recursive: true });
  const path = join(workFolder, name);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return path;
  const { path: ffmpeg } = await findFfmpeg();
  await run(ffmpeg, ['-v', 'error', '-y', ...args, path]);
  return path;
}

export type Timed = { readonly seconds: number; readonly peakRssMb: number };

/** Runs a program to its end and measures wall time and peak resident memory of that process alone. */
export function timed(program: string, args: readonly string[]): Promise<Timed> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    let peakRssMb = 0;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    // The kernel keeps the high-water mark; it only has to be read before the process is gone.
    const sampler = setInterval(() => {
      readFile(`/proc/${child.pid}/status`, 'utf8').then(
        (status) => {
          const kb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
          peakRssMb = Math.max(peakRssMb, kb / 1024);
        },
        () => undefined,
      );
    }, 20);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(sampler);
      const seconds = (performance.now() - startedAt) / 1000;
      if (code === 0) resolve({ seconds, peakRssMb });
      else reject(new Error(`${program} ended with ${code}: ${errors.slice(-500)}`));
    });
  });
}

/**
 * Runs a program to its end and measures wall time and the processor time of it and all its children. On a
 * machine that does other things too, the second is the one to compare.
 */
export async function timedWithChildren(
  program: string,
  args: readonly string[],
): Promise<{ readonly seconds: number; readonly cpuSeconds: number }> {
  const startedAt = performance.now();
  const { stderr } = await run('bash', ['-c', `TIMEFORMAT='cpu %U %S'; time "$@"`, 'bash', program, ...args]);
  const seconds = (performance.now() - startedAt) / 1000;
  const [, user = '0', system = '0'] = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(stderr) ?? [];
  return { seconds, cpuSeconds: Number(user) + Number(system) };
}

/** The middle of a list of numbers, and the two ends. */
export function spread(values: readonly number[]): { median: number; min: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

export type Command = { readonly program: string; readonly args: readonly string[] };

/**
 * Runs two commands in turns and compares them: medians and the ratio ours/baseline of wall and processor time.
 * What goes first changes from round to round.
 */
export async function sideBySide(
  rounds: number,
  baseline: Command,
  ours: Command,
  say: (line: string) => void,
): Promise<Readonly<Record<string, unknown>>> {
  const wall: Record<'baseline' | 'ours', number[]> = { baseline: [], ours: [] };
  const cpu: Record<'baseline' | 'ours', number[]> = { baseline: [], ours: [] };
  const commands = { baseline, ours };
  for (let round = 0; round < rounds; round++) {
    for (const who of round % 2 === 0 ? (['baseline', 'ours'] as const) : (['ours', 'baseline'] as const)) {
      const { seconds, cpuSeconds } = await timedWithChildren(commands[who].program, commands[who].args);
      wall[who].push(seconds);
      cpu[who].push(cpuSeconds);
      say(`${who}: ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of processor`);
    }
  }
  return {
    baselineSeconds: spread(wall.baseline),
    oursSeconds: spread(wall.ours),
    wallRatio: spread(wall.ours).median / spread(wall.baseline).median,
    wallRatios: wall.ours.map((seconds, i) => seconds / wall.baseline[i]!),
    cpuRatio: spread(cpu.ours).median / spread(cpu.baseline).median,
  };
}

/** Machine, commit and versions, for the result file. */
export async function surroundings(): Promise<Readonly<Record<string, unknown>>> {
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', args, { cwd: root }).catch(() => ({ stdout: 'unknown' }))).stdout.trim();
  const packageJson = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return {
    date: new Date().toISOString(),
    commit: await git('rev-parse', '--short', 'HEAD'),
    hasLocalChanges: (await git('status', '--porcelain', '--', 'src')) !== '',
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    ffmpeg: (await findFfmpeg()).version,
    onnxruntime: packageJson.dependencies['onnxruntime-node'],
    // Above the number of cores: something else was running, and times are not to be trusted.
    loadBefore: (await readFile('/proc/loadavg', 'utf8').catch(() => '')).split(' ')[0],
  };
}
