import type { TimingReport } from './report.ts';

/** Frames of a clip from which on its own speed is taken. */
const steadyFrames = 12;

/**
 * How long a whole file may take. A clip of some length tells the speed itself; single stills tell only how long
 * each stage works on a frame, and the truth lies between "all at the same time" and "one after the other".
 *
 * @param frames frames of the whole file
 * @param seenAtMs when each swapped frame of a clip was done; empty for stills
 */
export function estimate(
  frames: number,
  stages: Readonly<Record<string, number>>,
  seenAtMs: readonly number[],
): TimingReport['wholeFile'] {
  const count = seenAtMs.length;
  if (count >= steadyFrames) {
    // The first frames wait for the networks.
    const from = Math.floor(count / 4);
    const perFrame = (seenAtMs[count - 1]! - seenAtMs[from]!) / (count - 1 - from);
    const seconds = (frames * perFrame) / 1000;
    return { seconds: [seconds, seconds], basis: 'at the speed of the clip.' };
  }
  const times = Object.values(stages);
  const most = times.reduce((sum, ms) => sum + ms, 0);
  if (most === 0) return undefined;
  return {
    seconds: [(frames * Math.max(...times)) / 1000, (frames * most) / 1000],
    basis:
      'between what its slowest stage alone would need and all stages one after the other; preview a range for a closer guess.',
  };
}
