import { join } from 'node:path';
import { findFfmpeg } from '../src/media/find.ts';
import { material, root, spread, timed, workFolder, type Bench } from './bench.ts';

/** 1080p material that decodes fast. */
export function clip1080(seconds: number): Promise<string> {
  return material(`1080p-${seconds}s.mp4`, [
    ...['-f', 'lavfi', '-i', `testsrc2=s=1920x1080:r=30:d=${seconds}`, '-vf', 'noise=alls=8:allf=t'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23'],
  ]);
}

/** Decode → Node → encode against two ffmpegs joined by a yuv420p pipe. */
export const bench: Bench = {
  name: 'pipe',
  what: '1920x1080, 300 frames, x264 ultrafast: facet passthrough against two ffmpegs joined by a yuv420p pipe',
  async run(say) {
    const { path: ffmpeg } = await findFfmpeg();
    const target = await clip1080(10);
    const output = join(workFolder, 'pipe.mp4');
    const joined =
      `'${ffmpeg}' -v error -i '${target}' -f rawvideo -pix_fmt yuv420p - | ` +
      `'${ffmpeg}' -v error -y -f rawvideo -pix_fmt yuv420p -s 1920x1080 -r 30 -i - ` +
      `-c:v libx264 -preset ultrafast -crf 18 -movflags +faststart '${output}'`;
    const args = [
      'passthrough',
      '-y',
      '--quiet',
      '-t',
      target,
      '-o',
      output,
      '--preset',
      'ultrafast',
      '--crf',
      '18',
    ];
    const pipes: number[] = [];
    const ours: number[] = [];
    for (let round = 0; round < 5; round++) {
      pipes.push((await timed('sh', ['-c', joined])).seconds);
      ours.push((await timed(process.execPath, [join(root, 'dist/cli/main.js'), ...args])).seconds);
      say(`two ffmpegs ${pipes.at(-1)?.toFixed(2)} s, facet ${ours.at(-1)?.toFixed(2)} s`);
    }
    return {
      pipesSeconds: spread(pipes),
      facetSeconds: spread(ours),
      ratio: spread(ours).median / spread(pipes).median,
      ratios: ours.map((seconds, i) => seconds / pipes[i]!),
      bar: '<= 1.00',
    };
  },
};
