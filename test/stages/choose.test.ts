import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { TrackedFace } from '../../src/core/faces.ts';
import { Frame, FramePool, frameLayout } from '../../src/core/frame.ts';
import { Item } from '../../src/core/item.ts';
import type { FaceChoice } from '../../src/core/options/swap.ts';
import { Scope } from '../../src/core/scope.ts';
import { choose, Choices } from '../../src/stages/choose.ts';
import { StageTimings } from '../../src/stages/timings.ts';

type Given = { id: number; x: number; size: number };

/** Entry by track, frame by frame. */
async function run(
  frames: readonly (readonly Given[])[],
  wanted: readonly FaceChoice[],
  unlike?: (photo: string, face: TrackedFace) => number,
): Promise<Record<number, number>[]> {
  const layout = frameLayout('yuv420p', 2, 2);
  const pool = new FramePool(frames.length, layout.bytes);
  const color = { matrix: 'bt709', range: 'limited' } as const;
  const format = { layout, color, timeBase: { num: 1, den: 25 } };
  const items: Item<TrackedFace>[] = [];
  for (const [index, faces] of frames.entries()) {
    const data = await pool.acquire();
    const frame = new Frame({ index, pts: index, isSceneStart: false, format, data, pool });
    const tracked = faces.map(({ id, x, size }) => ({
      trackId: id,
      box: { x: x - size / 2, y: 0, w: size, h: size },
    }));
    items.push(new Item(frame, tracked as unknown as TrackedFace[]));
  }
  const choices = new Choices();
  const context = { scope: new Scope(), tell: () => undefined, timings: new StageTimings() };
  const stage = choose({ wanted, choices, ...(unlike ? { unlike } : {}) });
  const result = await lastValueFrom(from(items).pipe(stage.in(context), toArray()));
  await context.scope.close();
  const out = result.map((item) =>
    Object.fromEntries(item.faces.map(({ trackId }) => [trackId, choices.of(item.frame, trackId)!])),
  );
  for (const item of result) item.release();
  expect(pool.free).toBe(pool.size);
  return out;
}

const left = (id: number, size = 50): Given => ({ id, x: 100, size });
const right = (id: number, size = 50): Given => ({ id, x: 300, size });

describe('choose', () => {
  it('takes all', async () => {
    expect(await run([[left(4), right(9)], []], [{ kind: 'all' }])).toEqual([{ 4: 0, 9: 0 }, {}]);
  });
  it('takes the largest and stays with it until another is half as large again', async () => {
    const frames = [
      [left(1, 50), right(2, 40)],
      [left(1, 48), right(2, 52)],
      [left(1, 40), right(2, 60)],
      [right(2, 60)],
      [left(1, 61), right(2, 60)],
    ];
    expect(await run(frames, [{ kind: 'largest' }])).toEqual([
      { 1: 0 },
      { 1: 0 },
      { 2: 0 },
      { 2: 0 },
      { 2: 0 },
    ]);
  });
  it('takes faces by their ids, wherever they go', async () => {
    const frames = [
      [right(1), left(0)],
      [
        { id: 1, x: 90, size: 50 },
        { id: 0, x: 310, size: 50 },
      ],
      [left(2), right(1)],
    ];
    expect(await run(frames, [{ kind: 'indices', indices: [1] }])).toEqual([{ 1: 0 }, { 1: 0 }, { 1: 0 }]);
    expect(await run(frames, [{ kind: 'indices', indices: [2] }])).toEqual([{}, {}, { 2: 0 }]);
  });
  it('gives each face to the first source that wants it', async () => {
    const wanted: FaceChoice[] = [{ kind: 'indices', indices: [1] }, { kind: 'all' }];
    expect(await run([[left(1), right(2)]], wanted)).toEqual([{ 1: 0, 2: 1 }]);
  });
  it('asks once a track whether it is the person on a photo', async () => {
    let asked = 0;
    const unlike = (photo: string, face: TrackedFace): number => {
      asked += 1;
      return photo === 'bob.png' && face.trackId === 2 ? 0.5 : 1.5;
    };
    const frames = [[left(1), right(2)], [left(1), right(2)], [right(2)]];
    const wanted: FaceChoice[] = [{ kind: 'like', photo: 'bob.png' }];
    expect(await run(frames, wanted, unlike)).toEqual([{ 2: 0 }, { 2: 0 }, { 2: 0 }]);
    expect(asked).toBe(2);
  });
  it('takes one of several that are like a photo: the one most like it', async () => {
    const unlike = (_: string, { trackId }: TrackedFace): number => [0.9, 0.4, 0.6][trackId]!;
    const frames = [[left(0)], [left(0), right(1)], [left(2), right(1)], [left(2)]];
    const wanted: FaceChoice[] = [{ kind: 'like', photo: 'bob.png' }];
    expect(await run(frames, wanted, unlike)).toEqual([{ 0: 0 }, { 1: 0 }, { 1: 0 }, { 2: 0 }]);
  });
});
