import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { material, root, timedWithChildren, workFolder, type Bench } from './bench.ts';

/** Milliseconds by thread and task, as overlap-hook.mjs writes them. */
type Report = {
  readonly threads: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly mainMilliseconds: number;
  readonly processCpuSeconds: number;
};

/** Which stage a worker's task belongs to; networks are threads of their own, named after their role. */
const stageOf: Readonly<Record<string, string>> = {
  makeFeed: 'detect and track',
  detector: 'detect and track',
  landmarks: 'detect and track',
  cutLooks: 'refine',
  refiner: 'refine',
  warpPlanes: 'align',
  feedCrop: 'parse',
  parser: 'parse',
  steadyLabels: 'parse',
  encoder: 'invert',
  mapper: 'swap',
  swapFace: 'swap',
  generator: 'generate',
  blendFace: 'blend',
};

/** Processor seconds of one thread of a stage would be better; wall time of the worker is what Node 20 tells. */
async function once(target: string, frames: number): Promise<Readonly<Record<string, unknown>>> {
  const report = join(workFolder, 'overlap.json');
  await mkdir(workFolder, { recursive: true });
  process.env['FACET_OVERLAP'] = report;
  const { seconds, cpuSeconds } = await timedWithChildren(process.execPath, [
    ...['--import', join(root, 'bench/overlap-hook.mjs'), join(root, 'dist/cli/main.js')],
    ...['swap', '--quiet', '-y', '--source', join(root, 'samples/source-1.png')],
    ...['--target', target, '--output', join(workFolder, 'overlap.mp4')],
  ]);
  const { threads, mainMilliseconds, processCpuSeconds } = JSON.parse(
    await readFile(report, 'utf8'),
  ) as Report;
  const stages: Record<string, number> = {};
  let opening = 0;
  for (const [thread, tasks] of Object.entries(threads)) {
    for (const [task, milliseconds] of Object.entries(tasks)) {
      const stage = stageOf[task] ?? stageOf[thread];
      if (task === 'open') opening += milliseconds / 1000;
      else if (stage) stages[stage] = (stages[stage] ?? 0) + milliseconds / 1000;
    }
  }
  const slowest = Object.keys(stages).reduce((a, b) => (stages[b]! > stages[a]! ? b : a));
  const cores = availableParallelism();
  return {
    seconds,
    frames,
    framesPerSecond: frames / seconds,
    stageSeconds: stages,
    openingSeconds: opening,
    mainThreadSeconds: mainMilliseconds / 1000,
    ffmpegCpuSeconds: cpuSeconds - processCpuSeconds,
    cpuSeconds,
    slowestStage: slowest,
    wallOverSlowestStage: seconds / stages[slowest]!,
    // All stages are processor work here: no order of theirs can be faster than this.
    processorBoundSeconds: cpuSeconds / cores,
    wallOverProcessorBound: seconds / (cpuSeconds / cores),
  };
}

/** The main job, with its start, and four times as long, where the start hardly counts. */
export const bench: Bench = {
  name: 'overlap',
  what: 'facet swap, samples/talk.mp4 (125 frames, 640x360) once and four times over, mini: wall time against the slowest stage and the processors',
  async run(say) {
    const talk = join(root, 'samples/talk.mp4');
    const long = await material('talk-500.mp4', ['-stream_loop', '3', '-i', talk, '-c', 'copy']);
    const runs = [];
    for (const [target, frames] of [
      [talk, 125],
      [long, 500],
    ] as const) {
      const figures = await once(target, frames);
      say(JSON.stringify(figures));
      runs.push(figures);
    }
    return {
      runs,
      bar: 'wallOverSlowestStage <= 1.15 (of the long one: the short one is a tenth start-up); wallOverProcessorBound where all share few processors; framesPerSecond of the short one >= 5 on 2 cores',
    };
  },
};
