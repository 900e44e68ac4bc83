import { join } from 'node:path';
import { material, root, type Bench } from './bench.ts';
import { openProfile, runFaces } from './face-run.ts';

/** Detect, track, align and parse, without swapping and without encoding. */
export const bench: Bench = {
  name: 'faces',
  what: '1280x720, one face, mini: decode, detect (every 5th frame), track, align and parse on the processor',
  async run(say) {
    const open = await openProfile('mini');
    // Three times over, so that opening the networks is not what is measured.
    const clip = await material('faces-720p.mp4', [
      ...['-stream_loop', '2', '-i', join(root, 'samples/talk-720p.mp4'), '-c', 'copy', '-an'],
    ]);
    const runs = [];
    for (const isRefined of [false, true, false, true]) {
      let faces = 0;
      const run = await runFaces(clip, open, { smooth: 'medium', isRefined }, (_, parsed) => {
        faces += parsed.length;
      });
      say(
        `${isRefined ? 'refined too: ' : ''}${run.framesPerSecond.toFixed(1)} frames/s, ${run.cpuMillisecondsPerFrame.toFixed(0)} ms of processor a frame`,
      );
      runs.push({ isRefined, ...run, facesPerFrame: faces / run.frames });
    }
    return {
      runs,
      bar: 'framesPerSecond >= 20 on 2 cores without refine; stage times include waiting, processor time that of all threads but ffmpeg',
    };
  },
};
