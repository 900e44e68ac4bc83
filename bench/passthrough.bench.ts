import { join } from 'node:path';
import { findFfmpeg } from '../src/media/find.ts';
import { material, root, sideBySide, workFolder, type Bench } from './bench.ts';

/**
 * The settings that are measured, each on both sides: what facet is told, and the same for ffmpeg. Told nothing, it
 * takes crf 18 and the preset medium; a fast preset leaves less to the encoder and shows more of the stream.
 */
const cases = [
  {
    name: 'veryfast',
    flags: ['--preset', 'veryfast', '--crf', '18'],
    settings: ['-preset', 'veryfast', '-crf', '18'],
  },
  { name: 'default', flags: [], settings: ['-preset', 'medium', '-crf', '18'] },
] as const;

/** Wall time of the stream with nothing in between against one plain ffmpeg with the same codec settings. */
export const bench: Bench = {
  name: 'passthrough',
  what: '1280x720, 900 frames, h264 crf 18, preset veryfast and facet without options: facet passthrough against one plain ffmpeg decode+encode',
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
    for (const { name, flags, settings } of cases) {
      const output = join(workFolder, 'passthrough.mp4');
      const plain = [
        ...['-v', 'error', '-y', '-i', target, '-c:v', 'libx264', ...settings, '-c:a', 'copy'],
        ...['-movflags', '+faststart', output],
      ];
      const args = ['passthrough', '-t', target, '-o', output, '-y', '--quiet', ...flags];
      const compared = await sideBySide(
        3,
        { program: ffmpeg, args: plain },
        { program: process.execPath, args: [join(root, 'dist/cli/main.js'), ...args] },
        (line) => {
          say(`${name}: ${line}`);
        },
      );
      figures[name] = { ...compared, bar: 'wallRatio <= 1.05' };
    }
    return figures;
  },
};
