import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root, timedWithChildren, workFolder, type Bench } from './bench.ts';

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
async function once(): Promise<Readonly<Record<string, unknown>>> {
  const report = join(workFolder, 'overlap.json');
  await mkdir(workFolder, { recursive: true });
  process.env['FACET_OVERLAP'] = report;
  const { seconds, cpuSeconds } = await timedWithChildren(process.execPath, [
    ...['--import', join(root, 'bench/overlap-hook.mjs'), join(root, 'dist/cli/main.js')],
    ...['swap', '--quiet', '-y', '--source', join(root, 'samples/source-1.png')],
    ...['--target', join(root, 'samples/talk.mp4'), '--output', join(workFolder, 'overlap.mp4')],
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
    framesPerSecond: 125 / seconds,
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

/** The main job, and how far it is from what its parts need. */
export const bench: Bench = {
  name: 'overlap',
  what: 'facet swap, samples/talk.mp4 (125 frames, 640x360), mini: wall time against the slowest stage and the processors',
  async run(say) {
    const runs = [];
    for (let round = 0; round < 1; round++) {
      const figures = await once();
      say(JSON.stringify(figures));
      runs.push(figures);
    }
    return {
      runs,
      bar: 'wallOverSlowestStage <= 1.15 where each stage has a processor of its own; where all share few, wallOverProcessorBound; framesPerSecond >= 5 on 2 cores',
    };
  },
};
