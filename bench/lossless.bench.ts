import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg } from '../src/media/find.ts';
import { material, root, timed, workFolder, type Bench } from './bench.ts';

/** Frames of a file as framemd5 sees them, with their times. */
async function frameMd5(ffmpeg: string, path: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    ffmpeg,
    ['-v', 'error', '-i', path, '-map', '0:v:0', '-f', 'framemd5', '-'],
    { maxBuffer: 1 << 26 },
  );
  return stdout;
}

/** Passthrough into a lossless codec leaves every frame as it was. */
export const bench: Bench = {
  name: 'lossless',
  what: 'facet passthrough to ffv1: framemd5 of the output equal to the source, three pixel formats',
  async run(say) {
    const { path: ffmpeg } = await findFfmpeg();
    const figures: Record<string, unknown> = {};
    for (const format of ['yuv420p', 'yuv422p10le', 'yuv444p']) {
      const target = await material(`${format}.mkv`, [
        ...['-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=25:d=4', '-vf', 'noise=alls=20:allf=t'],
        ...['-pix_fmt', format, '-c:v', 'ffv1'],
      ]);
      const output = join(workFolder, `${format}-out.mkv`);
      const args = ['passthrough', '-y', '--quiet', '-t', target, '-o', output, '--codec', 'ffv1'];
      await timed(process.execPath, [join(root, 'dist/cli/main.js'), ...args]);
      const [a, b] = await Promise.all([frameMd5(ffmpeg, target), frameMd5(ffmpeg, output)]);
      const frames = a.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
      figures[format] = { frames, isIdentical: a === b };
      say(`${format}: ${frames} frames, ${a === b ? 'identical' : 'DIFFERENT'}`);
    }
    return figures;
  },
};
