import { join } from 'node:path';
import { root, timed, workFolder, type Bench } from './bench.ts';
import { clip1080 } from './pipe.bench.ts';

/** Peak memory of the Node process for a short clip and one ten times as long. */
export const bench: Bench = {
  name: 'rss',
  what: '1920x1080: peak RSS of the Node process, 50 s against 5 s, facet passthrough to x264 ultrafast',
  async run(say) {
    const peak = async (seconds: number): Promise<number> => {
      const target = await clip1080(seconds);
      const output = join(workFolder, 'rss.mp4');
      const args = ['passthrough', '-y', '--quiet', '-t', target, '-o', output, '--preset', 'ultrafast'];
      const { peakRssMb } = await timed(process.execPath, [join(root, 'dist/cli/main.js'), ...args]);
      say(`${seconds} s: ${peakRssMb.toFixed(1)} MB`);
      return peakRssMb;
    };
    const short = await peak(5);
    const long = await peak(50);
    return { shortMb: short, longMb: long, ratio: long / short, bar: 'ratio <= 1.1 and both <= 250 MB' };
  },
};
