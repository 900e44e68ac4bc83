import { from, lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { Frame, FramePool } from '../../src/core/frame.ts';
import { Item } from '../../src/core/item.ts';
import { Scope } from '../../src/core/scope.ts';
import { generate } from '../../src/stages/generate.ts';
import type { SwappedFace } from '../../src/stages/swap.ts';
import { smallVideo, stageContext } from '../contract/stage.ts';

it('hands all faces of a frame to the network at once, and gives each its own picture', async () => {
  const pool = new FramePool(1, smallVideo.layout.bytes);
  const data = await pool.acquire();
  const frame = new Frame({ index: 0, pts: 0, isSceneStart: false, format: smallVideo, data, pool });
  const faces = [1, 2, 3].map(
    (value) => ({ codes: Float32Array.of(value), labels: new Uint8Array(1) }) as unknown as SwappedFace,
  );
  const waiting: (() => void)[] = [];
  const scope = new Scope();
  const made = generate({
    openGenerator: () =>
      Promise.resolve(
        (codes) =>
          new Promise((resolve) => {
            waiting.push(() => {
              resolve(Float32Array.from(codes));
            });
            // Answered only when all have asked, the last one first.
            if (waiting.length === faces.length) for (const answer of waiting.reverse()) answer();
          }),
      ),
  });
  const [item] = await lastValueFrom(
    from([new Item(frame, faces)]).pipe(made.in(stageContext(scope)), toArray()),
  );
  expect(item!.faces.map(({ generated }) => [...generated])).toEqual([[1], [2], [3]]);
  item!.release();
  await scope.close();
});
