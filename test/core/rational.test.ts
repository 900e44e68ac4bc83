import { expect, test } from 'vitest';
import { parseRational, toNumber } from '../../src/core/rational.ts';

test.each([
  ['30000/1001', { num: 30000, den: 1001 }],
  ['16:9', { num: 16, den: 9 }],
  ['-1/2', { num: -1, den: 2 }],
])('reads %s', (text, expected) => {
  expect(parseRational(text)).toEqual(expected);
});

test.each(['', 'N/A', '1/0', '1.5', '1/2/3'])('gives nothing for %j', (text) => {
  expect(parseRational(text)).toBeUndefined();
});

test('is a number for people', () => {
  expect(toNumber({ num: 3, den: 4 })).toBe(0.75);
});
