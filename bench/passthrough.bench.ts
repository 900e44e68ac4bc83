import { join } from 'node:path';
import { findFfmpeg } from '../src/media/find.ts';
import { material, root, spread, timed, workFolder, type Bench } from './bench.ts';

/** Wall time of the stream with nothing in between against one plain ffmpeg with the same codec settings. */
export const bench: Bench = {
  name: 'passthrough',
  what: '1280x720, 900 frames, h264 crf 18: facet passthrough against one plain ffmpeg decode+encode',
  async run(say) {
    const { path: ffmpeg } = await findFfmpeg();
    const target = await material('720p.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=30:d=30', '-f', 'lavfi', '-i', 'sine=d=30'],
      ...[
        '-vf',
        'noise=alls=12:allf=t',
        '-c:v',
        'libx264',
        '-preset',
        'veryfast',
        '-crf',
        '20',
        '-c:a',
        'aac',
      ],
    ]);
    const figures: Record<string, unknown> = {};
    for (const preset of ['veryfast', 'ultrafast']) {
      const settings = ['-c:v', 'libx264', '-crf', '18', '-preset', preset, '-c:a', 'copy'];
      const plain: number[] = [];
      const ours: number[] = [];
      for (let round = 0; round < 3; round++) {
        const output = join(workFolder, 'passthrough.mp4');
        plain.push(
          (
            await timed(ffmpeg, [
              '-v',
              'error',
              '-y',
              '-i',
              target,
              ...settings,
              '-movflags',
              '+faststart',
              output,
            ])
          ).seconds,
        );
        const args = [
          'passthrough',
          '-y',
          '--quiet',
          '-t',
          target,
          '-o',
          output,
          '--preset',
          preset,
          '--crf',
          '18',
        ];
        ours.push((await timed(process.execPath, [join(root, 'dist/cli/main.js'), ...args])).seconds);
        say(`${preset}: ffmpeg ${plain.at(-1)?.toFixed(2)} s, facet ${ours.at(-1)?.toFixed(2)} s`);
      }
      figures[preset] = {
        ffmpegSeconds: spread(plain),
        facetSeconds: spread(ours),
        ratio: spread(ours).median / spread(plain).median,
        ratios: ours.map((seconds, i) => seconds / plain[i]!),
        bar: '<= 1.05',
      };
    }
    return figures;
  },
};
