import { spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { material, root, spread, workFolder, type Bench } from './bench.ts';

/** Ten minutes of 1920x1080 with a face and a tone; a key frame every 5 s. */
async function tenMinutes(): Promise<string> {
  const part = await material('talk-1080p.mp4', [
    ...['-i', join(root, 'samples/talk.mp4'), '-f', 'lavfi', '-i', 'sine=frequency=220:sample_rate=48000'],
    ...[
      '-filter_complex',
      '[0:v]scale=1920:1080:flags=bicubic,format=yuv420p[v]',
      '-map',
      '[v]',
      '-map',
      '1:a',
    ],
    ...['-shortest', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-c:a', 'aac'],
  ]);
  return material('talk-1080p-10min.mp4', ['-stream_loop', '119', '-i', part, '-c', 'copy']);
}

type First = {
  readonly seconds: number;
  /** Processor time of the command and all its children until then; undefined where /proc does not tell. */
  readonly cpuSeconds: number | undefined;
  readonly isDraft: boolean;
};

/** Starts a preview and stops it when its first still is on disk. */
async function firstStill(target: string, home: string, moments: readonly string[]): Promise<First> {
  const out = join(workFolder, 'preview-out');
  await rm(out, { recursive: true, force: true });
  const args = ['preview', '--json', '--source', join(root, 'samples/source-1.png'), '--target', target];
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [join(root, 'dist/cli/main.js'), ...args, ...moments, '--output-dir', out],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, FACET_HOME: home } },
  );
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  let first: First | undefined;
  for await (const line of createInterface(child.stdout)) {
    const event = JSON.parse(line) as { readonly event: string; readonly isDraft?: boolean };
    if (event.event !== 'still' || first) continue;
    const seconds = (performance.now() - startedAt) / 1000;
    first = { seconds, cpuSeconds: await treeSeconds(child.pid!), isDraft: event.isDraft === true };
    child.kill('SIGINT');
  }
  await ended;
  if (!first) throw new Error(`facet preview showed no still: ${errors.slice(-500)}`);
  return first;
}

/** Processor seconds of a process, its children, and those that are gone (Linux). */
async function treeSeconds(pid: number): Promise<number | undefined> {
  const children = new Map<number, number[]>();
  const ticks = new Map<number, number>();
  for (const name of await readdir('/proc').catch(() => [])) {
    const text = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') : '';
    if (text === '') continue;
    // Behind the name, which may hold spaces: state, parent, …, then user, system, and both of waited-for children.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const parent = Number(fields[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    ticks.set(
      Number(name),
      [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0),
    );
  }
  const sum = (at: number): number =>
    (children.get(at) ?? []).reduce((total, child) => total + sum(child), ticks.get(at) ?? 0);
  // A hundred ticks a second on every Linux there is.
  return ticks.has(pid) ? sum(pid) / 100 : undefined;
}

/** Seconds from the start of the command to the first still on disk. */
export const bench: Bench = {
  name: 'preview',
  what: 'ten minutes of 1920x1080, mini, facet preview --at 5:00 and without a moment: from the start to the first still on disk',
  async run(say) {
    const target = await tenMinutes();
    const home = join(workFolder, 'preview-home');
    await rm(home, { recursive: true, force: true });
    const runs = async (rounds: number, moments: readonly string[], what: string): Promise<First[]> => {
      const all: First[] = [];
      for (let round = 0; round < rounds; round++) {
        const run = await firstStill(target, home, moments);
        const cpu = run.cpuSeconds?.toFixed(2) ?? '?';
        say(
          `${run.seconds.toFixed(2)} s, ${cpu} s of processor (${what}, ${run.isDraft ? 'draft' : 'still'})`,
        );
        all.push(run);
      }
      return all;
    };
    const sum = (all: readonly First[]) => ({
      seconds: spread(all.map(({ seconds }) => seconds)),
      cpuSeconds: spread(all.map(({ cpuSeconds = NaN }) => cpuSeconds)),
    });
    const at = ['--at', '5:00'];
    const cold = await runs(1, at, 'first start ever: devices are tried');
    return {
      cold: sum(cold),
      at: sum(await runs(5, at, '--at 5:00')),
      auto: sum(await runs(3, [], 'moments still to be found')),
      bar: 'at.seconds <= 3',
    };
  },
};
