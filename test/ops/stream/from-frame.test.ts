import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { Frame, FramePool, frameLayout } from '../../../src/core/frame.ts';
import { Item } from '../../../src/core/item.ts';
import { fromFrame } from '../../../src/ops/stream/from-frame.ts';

const layout = frameLayout('yuv420p', 2, 2);
const format = {
  layout,
  color: { matrix: 'bt709', range: 'limited' },
  timeBase: { num: 1, den: 30 },
} as const;

/** Items a, b, c… with the frames 0, 1, 2… */
function items(pool: FramePool): Readonly<Record<string, Item<never>>> {
  return Object.fromEntries(
    [...'abcde'].map((letter, index) => {
      const data = new Uint8Array(new SharedArrayBuffer(layout.bytes));
      return [
        letter,
        new Item<never>(new Frame({ index, pts: index, isSceneStart: false, format, data, pool }), []),
      ];
    }),
  );
}

function marbles(source: string, result: string, subscription?: string): { released: number } {
  const pool = new FramePool(0, layout.bytes);
  new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  }).run(({ cold, expectObservable, expectSubscriptions }) => {
    const all = items(pool);
    const input = cold(source, all);
    expectObservable(input.pipe(fromFrame(2)), subscription).toBe(result, all);
    if (subscription !== undefined) expectSubscriptions(input.subscriptions).toBe(subscription);
  });
  return { released: pool.free };
}

describe('fromFrame(2)', () => {
  it.each([
    ['never', '-----', '-----'],
    ['empty', '--|', '--|'],
    ['values', 'a-b-c-d-e|', '----c-d-e|'],
    ['only earlier ones', 'ab|', '--|'],
    ['error', 'a-b-c-#', '----c-#'],
  ])('%s', (_name, source, result) => {
    marbles(source, result);
    expect(source.length).toBe(result.length);
  });

  it('ends its source on early disposal', () => {
    expect(marbles('a-b-c-d-e|', '----c--', '^----!').released).toBe(2);
  });

  it('releases what it holds back, and nothing else', () => {
    expect(marbles('abcde|', '--cde|').released).toBe(2);
  });
});
