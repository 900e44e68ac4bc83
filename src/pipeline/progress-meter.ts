import type { ProgressEvent } from '../core/events.ts';
import type { StageTimings } from '../stages/timings.ts';

/** Time between two progress events. */
const intervalMs = 250;

/** Window over which the speed is measured. */
const windowMs = 10_000;

/**
 * Turns a count of frames done into progress events, at most four a second. The speed is that of the last ten
 * seconds, so that the time left follows what is going on now.
 */
export function progressMeter(
  framesExpected: number | undefined,
  timings: StageTimings,
  now: () => number = () => performance.now(),
): (framesDone: number) => ProgressEvent | undefined {
  const marks: { at: number; framesDone: number }[] = [{ at: now(), framesDone: 0 }];
  return (framesDone) => {
    const at = now();
    const last = marks.at(-1)!;
    if (at - last.at < intervalMs) return undefined;
    marks.push({ at, framesDone });
    while (marks.length > 2 && at - marks[0]!.at > windowMs) marks.shift();
    const first = marks[0]!;
    const framesPerSecond = ((framesDone - first.framesDone) * 1000) / (at - first.at);
    const left = framesExpected === undefined ? undefined : Math.max(0, framesExpected - framesDone);
    return {
      event: 'progress',
      framesDone,
      framesExpected,
      framesPerSecond,
      secondsLeft: left === undefined || framesPerSecond === 0 ? undefined : left / framesPerSecond,
      slowestStage: timings.slowest(),
    };
  };
}
