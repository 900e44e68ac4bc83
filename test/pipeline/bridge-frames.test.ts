import { expect, it } from 'vitest';
import { bridgeFramesAt } from '../../src/pipeline/find-faces.ts';

it.each([
  [undefined, 30],
  [{ num: 25, den: 1 }, 30],
  [{ num: 30000, den: 1001 }, 30],
  [{ num: 50, den: 1 }, 50],
  [{ num: 60000, den: 1001 }, 60],
  [{ num: 120, den: 1 }, 60],
  [{ num: 0, den: 0 }, 30],
])('at %o a hidden face is carried over for %d frames', (rate, frames) => {
  expect(bridgeFramesAt(rate)).toBe(frames);
});
