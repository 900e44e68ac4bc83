import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import {
  defineOption,
  listOf,
  numberFrom,
  oneOf,
  onOrOff,
  resolveOptions,
  text,
} from '../../../src/core/options/define.ts';
import { readFrameRange, readSeconds, readTimeRange } from '../../../src/core/options/range.ts';

const group = {
  crf: defineOption({
    name: 'crf',
    flag: '--crf <number>',
    schema: numberFrom(0, 51),
    description: 'quality',
    default: 18,
  }),
  mode: defineOption({
    name: 'mode',
    flag: '-m, --mode <word>',
    schema: oneOf(['a', 'b']),
    description: 'mode',
  }),
  source: defineOption({
    name: 'source',
    flag: '--source <file>',
    schema: listOf(text('a path')),
    description: 'photos',
    isRepeatable: true,
    isRequired: true,
  }),
  loud: defineOption({
    name: 'loud',
    flag: '--loud',
    schema: onOrOff(),
    description: 'loud',
    default: false,
  }),
};

const failure = (given: Record<string, unknown>): unknown => {
  try {
    return resolveOptions(group, given);
  } catch (error) {
    return error;
  }
};

describe('resolveOptions', () => {
  it('fills in defaults and takes numbers as text and as numbers', () => {
    expect(resolveOptions(group, { source: 'a.png', crf: '23' })).toEqual({
      crf: 23,
      mode: undefined,
      source: ['a.png'],
      loud: false,
    });
    expect(resolveOptions(group, { source: ['a', 'b'], crf: 0, mode: 'b' })).toMatchObject({
      crf: 0,
      mode: 'b',
      source: ['a', 'b'],
    });
  });

  it('names the flag, the value and what it must be', () => {
    expect(failure({ source: 'a', crf: '52' })).toMatchObject({
      code: 'USAGE_BAD_VALUE',
      message: '--crf cannot be "52".',
      hint: 'It must be a number from 0 to 51.',
    });
    expect(failure({ source: 'a', crf: '' })).toBeInstanceOf(UsageError);
    expect(failure({ source: 'a', mode: 'c' })).toMatchObject({ hint: 'It must be one of a, b.' });
    expect(failure({ source: 'a', loud: 'yes' })).toMatchObject({ hint: 'It must be true or false.' });
  });

  it('refuses unknown names and says what was meant', () => {
    expect(failure({ source: 'a', sorce: 'b' })).toMatchObject({
      code: 'USAGE_UNKNOWN_OPTION',
      hint: 'Did you mean `source`?',
    });
  });

  it('says what is missing', () => {
    expect(failure({})).toMatchObject({ code: 'USAGE_MISSING_OPTION', message: '--source is missing.' });
  });
});

describe('ranges', () => {
  it.each([
    ['12.5', 12.5],
    ['1:02', 62],
    ['01:02:03.250', 3723.25],
  ])('reads %s', (words, seconds) => {
    expect(readSeconds(words)).toBe(seconds);
  });

  it.each(['', 'x', '1:60', '1:2:3:4', '-1', '1e3'])('refuses "%s"', (words) => {
    expect(() => readSeconds(words)).toThrow(/a time/);
  });

  it('reads both ends, or one', () => {
    expect(readTimeRange('00:10-00:12.5')).toEqual({ kind: 'time', startSeconds: 10, endSeconds: 12.5 });
    expect(readTimeRange('3-')).toEqual({ kind: 'time', startSeconds: 3, endSeconds: undefined });
    expect(readTimeRange('-3')).toEqual({ kind: 'time', startSeconds: 0, endSeconds: 3 });
    expect(readFrameRange('100-200')).toEqual({ kind: 'frames', first: 100, last: 200 });
    expect(readFrameRange('7')).toEqual({ kind: 'frames', first: 7, last: 7 });
    expect(readFrameRange('7-')).toEqual({ kind: 'frames', first: 7, last: undefined });
  });

  it.each(['5-5', '5-3', '-', '1-2-3'])('refuses %s', (words) => {
    expect(() => readTimeRange(words)).toThrow();
  });
});
