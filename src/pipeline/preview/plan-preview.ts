import { InputError, UsageError } from '../../core/errors.ts';
import type { FrameTimes, MediaInfo } from '../../core/media.ts';
import type { ResolvedOptions } from '../../core/options/define.ts';
import type { previewOptions } from '../../core/options/preview.ts';
import { endPtsOf, frameSpan, type FrameSpan } from '../frame-range.ts';

export type PreviewOptions = ResolvedOptions<typeof previewOptions>;

/** Which frames a preview shows. */
export type PreviewAsk =
  /** A part, as a clip, with some stills of it. */
  | { readonly kind: 'range'; readonly span: FrameSpan }
  /** Single frames. */
  | { readonly kind: 'moments'; readonly frames: readonly number[] }
  /** So many, to be found. */
  | { readonly kind: 'auto'; readonly count: number };

/** Stills of a range, and moments found when nothing is asked for. */
export const usualStills = 6;

/** @throws {UsageError} when two ways of saying what to show are used at once */
export function checkAsk(options: PreviewOptions): void {
  const given = (['range', 'frames', 'at', 'auto'] as const).filter((name) => options[name] !== undefined);
  if (given.length > 1) {
    throw new UsageError(`--${given[0]} and --${given[1]} are given together.`, {
      code: 'USAGE_CONFLICT',
      hint: 'Give one of --range, --frames, --at and --auto.',
    });
  }
}

/** What is asked for. @throws {InputError} when it lies outside the file */
export function previewAsk(options: PreviewOptions, media: MediaInfo, times: FrameTimes): PreviewAsk {
  const range = options.range ?? options.frames;
  if (range) return { kind: 'range', span: frameSpan(media, times, range) };
  if (options.at) return { kind: 'moments', frames: options.at.map((at) => frameAt(media, times, at)) };
  return { kind: 'auto', count: options.auto ?? usualStills };
}

/** The frame that is shown at a time. @throws {InputError} when the file is shorter */
export function frameAt(media: MediaInfo, times: FrameTimes, seconds: number): number {
  const { num, den } = media.video.timeBase;
  const count = times.pts.length;
  const zero = Math.max(0, media.startSeconds ?? 0);
  const end = (endPtsOf(times, count - 1) * num) / den - zero;
  if (seconds > end + 0.0005) {
    throw new InputError(`${seconds} s lies outside ${media.path}.`, {
      code: 'INPUT_RANGE_OUTSIDE',
      hint: `It is ${end.toFixed(3)} s long.`,
    });
  }
  const grace = num / den / 2;
  let frame = 0;
  while (frame + 1 < count && secondsOf(media, times, frame + 1) <= seconds + grace) frame += 1;
  return frame;
}

/** When a frame begins, from the file's beginning. */
export function secondsOf(media: MediaInfo, times: FrameTimes, frame: number): number {
  const { num, den } = media.video.timeBase;
  return (times.pts[frame]! * num) / den - Math.max(0, media.startSeconds ?? 0);
}

/** Frames of a span that are shown as stills: its ends and some between, evenly. */
export function stillsOf({ first, last }: FrameSpan, most: number = usualStills): readonly number[] {
  const count = Math.min(most, last - first + 1);
  if (count === 1) return [first];
  return Array.from({ length: count }, (_, i) => first + Math.round((i * (last - first)) / (count - 1)));
}
