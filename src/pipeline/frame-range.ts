import { InputError } from '../core/errors.ts';
import type { FrameTimes, MediaInfo } from '../core/media.ts';
import type { Range } from '../core/range.ts';

/** Numbers of the first and the last frame that come out, counted in the whole file. */
export type FrameSpan = { readonly first: number; readonly last: number };

/**
 * The frames of a range. Times count from the file's beginning; a frame belongs to the range when it begins in
 * it (START ≤ time < END). Frame numbers include both ends.
 *
 * @throws {InputError} when an end lies outside the file or nothing is left
 */
export function frameSpan(media: MediaInfo, times: FrameTimes, range: Range | undefined): FrameSpan {
  const count = times.pts.length;
  if (!range) return { first: 0, last: count - 1 };
  if (range.kind === 'frames') {
    const { first, last = count - 1 } = range;
    if (first >= count || last >= count) {
      throw outside(
        `Frame ${Math.max(first, last)} is not in ${media.path}.`,
        `It has ${count} frames: 0 to ${count - 1}.`,
      );
    }
    if (first > last) throw empty(`The range of frames ${first}-${last} holds no frame.`);
    return { first, last };
  }
  const { num, den } = media.video.timeBase;
  const zero = Math.max(0, media.startSeconds ?? 0);
  const { startSeconds, endSeconds } = range;
  const secondsOf = (index: number): number => (times.pts[index]! * num) / den - zero;
  const end = Math.max((endPtsOf(times, count - 1) * num) / den - zero, media.durationSeconds ?? 0);
  const shown = end.toFixed(3);
  // Half a tick of grace: 2.04 s is not a binary fraction.
  const grace = num / den / 2;
  for (const seconds of [startSeconds, endSeconds ?? 0]) {
    if (seconds > end + Math.max(grace, 0.0005)) {
      throw outside(`${seconds} s lies outside ${media.path}.`, `It is ${shown} s long.`);
    }
  }
  if (endSeconds !== undefined && endSeconds <= startSeconds) {
    throw empty(`The range ${startSeconds}-${endSeconds} s is empty.`);
  }
  let first = 0;
  while (first < count && secondsOf(first) < startSeconds - grace) first += 1;
  let last = count - 1;
  if (endSeconds !== undefined) while (last >= 0 && secondsOf(last) >= endSeconds - grace) last -= 1;
  if (first > last)
    throw empty(`No frame of ${media.path} begins from ${startSeconds} to ${endSeconds ?? shown} s.`);
  return { first, last };
}

/** Time in the file's ticks at which the frame after the last one would begin. */
export function endPtsOf(times: FrameTimes, last: number): number {
  return times.pts[last + 1] ?? times.pts[last]! + times.lastTicks;
}

function outside(message: string, hint: string): InputError {
  return new InputError(message, { code: 'INPUT_RANGE_OUTSIDE', hint });
}

function empty(message: string): InputError {
  return new InputError(message, {
    code: 'INPUT_RANGE_EMPTY',
    hint: 'Give a range whose end comes after its start and that holds at least one frame.',
  });
}
