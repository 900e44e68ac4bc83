import { join } from 'node:path';
import { findFfmpeg } from '../src/media/find.ts';
import { material, root, sideBySide, workFolder, type Bench } from './bench.ts';

/** 1080p material that decodes fast. */
export function clip1080(seconds: number): Promise<string> {
  return material(`1080p-${seconds}s.mp4`, [
    ...['-f', 'lavfi', '-i', `testsrc2=s=1920x1080:r=30:d=${seconds}`, '-vf', 'noise=alls=8:allf=t'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23'],
  ]);
}

/**
 * Seconds of material. What it takes to start (some tenths of a second of Node and probing) is in both ratios, and is half
 * as much of the longer one.
 */
const lengths = [30, 60] as const;

/** Decode → Node → encode against two ffmpegs joined by a yuv420p pipe. */
export const bench: Bench = {
  name: 'pipe',
  what: '1920x1080, 900 and 1800 frames, x264 ultrafast: facet passthrough against two ffmpegs joined by a yuv420p pipe',
  async run(say) {
    const { path: ffmpeg } = await findFfmpeg();
    const figures: Record<string, unknown> = {};
    for (const seconds of lengths) {
      const target = await clip1080(seconds);
      const output = join(workFolder, 'pipe.mp4');
      const joined =
        `'${ffmpeg}' -v error -i '${target}' -f rawvideo -pix_fmt yuv420p - | ` +
        `'${ffmpeg}' -v error -y -f rawvideo -pix_fmt yuv420p -s 1920x1080 -r 30 -i - ` +
        `-c:v libx264 -preset ultrafast -crf 18 -movflags +faststart '${output}'`;
      const args = ['-y', '--quiet', '-t', target, '-o', output, '--preset', 'ultrafast', '--crf', '18'];
      const compared = await sideBySide(
        3,
        { program: 'sh', args: ['-c', joined] },
        { program: process.execPath, args: [join(root, 'dist/cli/main.js'), 'passthrough', ...args] },
        (line) => {
          say(`${seconds} s: ${line}`);
        },
      );
      figures[`${seconds}s`] = { ...compared, bar: 'wallRatio <= 1.00' };
    }
    return figures;
  },
};
