import { UsageError } from '../errors.ts';
import type { Range } from '../range.ts';
import { defineOption, readAs } from './define.ts';

/** Reads `12.5`, `1:02`, `01:02:03.250` as seconds. @throws {Error} whose message completes "It must be …" */
export function readSeconds(text: string): number {
  const parts = text.trim().split(':');
  const isTime =
    parts.length <= 3 &&
    parts.every((part, i) => (i === parts.length - 1 ? /^\d+(\.\d+)?$/.test(part) : /^\d+$/.test(part))) &&
    parts.slice(1).every((part) => Number(part) < 60);
  if (!isTime) throw new Error('a time: seconds, mm:ss or hh:mm:ss.mmm');
  return parts.reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** Reads `START-END` in times; an end that is left out is the file's. */
export function readTimeRange(text: string): Range {
  const wanted =
    'START-END in seconds, mm:ss or hh:mm:ss.mmm, for example 00:10-00:12.5; END may be left out';
  const [start = '', end = '', ...more] = text.trim().split('-');
  if (more.length > 0 || !text.includes('-') || (start === '' && end === '')) throw new Error(wanted);
  const startSeconds = start === '' ? 0 : readSeconds(start);
  const endSeconds = end === '' ? undefined : readSeconds(end);
  if (endSeconds !== undefined && endSeconds <= startSeconds) {
    throw new Error('a range whose end comes after its start');
  }
  return { kind: 'time', startSeconds, endSeconds };
}

/** Reads `A-B`, `A-` or `A`: frame numbers from 0, both included. */
export function readFrameRange(text: string): Range {
  const match = /^(\d+)(-(\d*))?$/.exec(text.trim());
  if (!match)
    throw new Error('A-B: frame numbers from 0, both included, for example 100-200; B may be left out');
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : match[3] === '' ? undefined : Number(match[3]);
  if (last !== undefined && last < first) throw new Error('a range whose last frame is not before its first');
  return { kind: 'frames', first, last };
}

/** Which part of the target is worked on. */
export const rangeOptions = {
  range: defineOption({
    name: 'range',
    flag: '--range <start-end>',
    schema: readAs(readTimeRange),
    description: 'only this part: times START-END; sound is cut to match; excludes --frames',
    unit: 'seconds, mm:ss or hh:mm:ss.mmm',
    isCommon: true,
  }),
  frames: defineOption({
    name: 'frames',
    flag: '--frames <a-b>',
    schema: readAs(readFrameRange),
    description: 'only these frames, both included; excludes --range',
    unit: 'frame numbers from 0',
  }),
};

/** The range of --range or --frames. @throws {UsageError} when both are given */
export function oneRange({
  range,
  frames,
}: {
  readonly range: Range | undefined;
  readonly frames: Range | undefined;
}): Range | undefined {
  if (range && frames) {
    throw new UsageError('--range and --frames are given together.', {
      code: 'USAGE_CONFLICT',
      hint: 'Give one of them.',
    });
  }
  return range ?? frames;
}
