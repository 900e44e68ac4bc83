import { from, lastValueFrom, map, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { FaceShape, TrackedFace } from '../../src/core/faces.ts';
import { Frame, FramePool } from '../../src/core/frame.ts';
import { Item } from '../../src/core/item.ts';
import { Scope } from '../../src/core/scope.ts';
import type { RefineShape } from '../../src/nets/refiner.ts';
import { refine } from '../../src/stages/refine.ts';
import { settles, smallVideo, stageContext, stageContract } from '../contract/stage.ts';
import { placedLandmarks, trackedFace } from '../helpers/landmarks.ts';

/** Moves a face's points by one pixel to the right. */
const moveRight: RefineShape = (_, shape) =>
  Promise.resolve({ ...shape, points: shape.points.map((value, i) => (i % 2 === 0 ? value + 1 : value)) });

const face = (facts: Partial<TrackedFace> = {}, identity = new Float32Array(40)): TrackedFace => {
  const plain = trackedFace(placedLandmarks(30, 30, 0.1), facts);
  return { ...plain, shape: { ...plain.shape, identity } };
};

async function run(given: readonly (readonly TrackedFace[])[], refineShape: RefineShape) {
  const pool = new FramePool(given.length, smallVideo.layout.bytes);
  const items: Item<TrackedFace>[] = [];
  for (const [index, faces] of given.entries()) {
    const data = await pool.acquire();
    items.push(
      new Item(new Frame({ index, pts: index, isSceneStart: false, format: smallVideo, data, pool }), faces),
    );
  }
  const scope = new Scope();
  const stage = refine({ openRefiner: () => Promise.resolve(refineShape) });
  try {
    const faces = map((item: Item<TrackedFace>) => {
      item.release();
      return item.faces;
    });
    return await lastValueFrom(from(items).pipe(stage.in(stageContext(scope)), faces, toArray()));
  } finally {
    await scope.close();
    await settles(() => pool.free === given.length);
  }
}

stageContract('refine', {
  make: () => refine({ openRefiner: () => Promise.resolve(moveRight) }),
  item: (frame) => new Item(frame, [face()]),
  itemWithoutFace: (frame) => new Item<TrackedFace>(frame, []),
  indexOf: (item) => item.frame.index,
});

describe('refine', () => {
  it('gives every face of every frame the shape that the refiner reads', async () => {
    const out = await run([[face(), face()], [], [face()]], moveRight);
    expect(out.map((faces) => faces.length)).toEqual([2, 0, 1]);
    for (const { shape } of out.flat()) expect(shape.points[0]).toBeCloseTo(face().shape.points[0]! + 1, 5);
  });

  it('leaves faces alone that are carried over, or whose landmarks tell no identity', async () => {
    const given = [face({ isBridged: true }), face({}, new Float32Array(0))];
    const [out] = await run([given], moveRight);
    expect(out).toEqual(given);
  });

  it('lets go of every frame when the refiner fails, after all of its work has ended', async () => {
    let open = 0;
    const failing: RefineShape = async (frame: Frame, shape: FaceShape) => {
      open += 1;
      await new Promise((resolve) => setTimeout(resolve, 5 * open));
      open -= 1;
      if (frame.index === 1) throw new Error('the refiner is broken');
      return shape;
    };
    await expect(run([[face()], [face(), face(), face()], [face()]], failing)).rejects.toThrow(
      'the refiner is broken',
    );
    expect(open).toBe(0);
  });
});
