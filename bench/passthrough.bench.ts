import { join } from 'node:path';
import { findFfmpeg } from '../src/media/find.ts';
import { material, root, sideBySide, workFolder, type Bench } from './bench.ts';

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
    for (const preset of ['veryfast']) {
      const settings = ['-c:v', 'libx264', '-crf', '18', '-preset', preset, '-c:a', 'copy'];
      const output = join(workFolder, 'passthrough.mp4');
      const plain = ['-v', 'error', '-y', '-i', target, ...settings, '-movflags', '+faststart', output];
      const flags = ['-y', '--quiet', '--preset', preset, '--crf', '18'];
      const args = ['passthrough', '-t', target, '-o', output, ...flags];
      const compared = await sideBySide(
        3,
        { program: ffmpeg, args: plain },
        { program: process.execPath, args: [join(root, 'dist/cli/main.js'), ...args] },
        (line) => {
          say(`${preset}: ${line}`);
        },
      );
      figures[preset] = { ...compared, bar: 'wallRatio <= 1.05' };
    }
    return figures;
  },
};
