import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root, spread, timedWithChildren, workFolder, type Bench } from './bench.ts';

const runs = [
  { name: 'main job, 640x360', source: 'source-1.png', target: 'talk.mp4', more: [] },
  { name: '1280x720', source: 'source-2.png', target: 'talk-720p.mp4', more: [] },
  {
    name: '1280x720 at 256 px',
    source: 'source-2.png',
    target: 'talk-720p.mp4',
    more: ['--resolution', '256'],
  },
] as const;

/** Whole swaps of samples as a user runs them, start-up included. */
export const bench: Bench = {
  name: 'swap',
  what: 'facet swap of talk.mp4 (125 frames) and talk-720p.mp4 (75 frames), crops as chosen and at 256 px: wall and processor time',
  async run(say) {
    await mkdir(workFolder, { recursive: true });
    const figures: Record<string, unknown> = {};
    for (const { name, source, target, more } of runs) {
      const wall: number[] = [];
      const cpu: number[] = [];
      for (let round = 0; round < 3; round++) {
        const { seconds, cpuSeconds } = await timedWithChildren(process.execPath, [
          ...[join(root, 'dist/cli/main.js'), 'swap', '-y', '--quiet', ...more],
          ...['--source', join(root, 'samples', source), '--target', join(root, 'samples', target)],
          ...['--output', join(workFolder, 'swap.mp4')],
        ]);
        say(`${name}: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of processor`);
        wall.push(seconds);
        cpu.push(cpuSeconds);
      }
      figures[name] = { seconds: spread(wall), cpuSeconds: spread(cpu) };
    }
    return { ...figures, bar: 'main job: 125 frames in <= 25 s (5 frames/s)' };
  },
};
