import { join } from 'node:path';
import { lastValueFrom, map, tap, toArray, type OperatorFunction } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Item } from '../../src/core/item.ts';
import { poolSize } from '../../src/pipeline/capacity.ts';
import { passthrough, readVideo } from '../../src/pipeline/run-video.ts';
import type { FrameWork, ReadRequest } from '../../src/pipeline/video-run.ts';
import { entries, ffmpeg, packetTimes, streamHash, temporaryFolder } from '../helpers/media.ts';
import { pass } from '../helpers/pass.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await ffmpeg(
    ...[
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=160x90:r=30:d=2',
      '-f',
      'lavfi',
      '-i',
      'smptebars=s=160x90:r=30:d=2',
    ],
    ...[
      '-filter_complex',
      '[0]setsar=1[a];[1]setsar=1[b];[a][b]concat=n=2,format=yuv420p',
      '-c:v',
      'libx264',
    ],
    ...['-preset', 'veryfast', '-g', '15', at('two.mp4')],
  );
});
afterAll(() => folder.remove());

type Seen = { index: number; pts: number; isSceneStart: boolean; sum: number };

/** Reads frames and remembers what they were. */
function read(request: Partial<ReadRequest> = {}): Promise<Seen[]> {
  return lastValueFrom(
    readVideo({ target: at('two.mp4'), work: passthrough, ...request }).pipe(
      map(({ frame }) => ({
        seen: {
          index: frame.index,
          pts: frame.pts,
          isSceneStart: frame.isSceneStart,
          sum: frame.data.reduce((a, b) => a + b, 0),
        },
        frame,
      })),
      tap(({ frame }) => {
        frame.release();
      }),
      map(({ seen }) => seen),
      toArray(),
    ),
  );
}

it('numbers, times and flags the frames of a range as in the whole file', async () => {
  const all = await read();
  expect(all.map(({ index }) => index)).toEqual(Array.from({ length: 120 }, (_, i) => i));
  expect(all.filter(({ isSceneStart }) => isSceneStart).map(({ index }) => index)).toEqual([60]);
  for (const [first, last] of [
    [60, 63],
    [59, 61],
    [100, 119],
    [0, 3],
  ] as const) {
    const part = await read({ range: { kind: 'frames', first, last } });
    expect(part).toEqual(all.slice(first, last + 1));
  }
});

it('numbers the frames of a range as in the whole file where packets carry no times', async () => {
  await ffmpeg('-i', at('two.mp4'), '-c:v', 'libx264', '-preset', 'veryfast', at('two.avi'));
  const target = at('two.avi');
  const all = await read({ target });
  expect(all.map(({ index }) => index)).toEqual(Array.from({ length: 120 }, (_, i) => i));
  for (const [first, last] of [
    [58, 63],
    [0, 3],
    [117, 119],
  ] as const) {
    expect(await read({ target, range: { kind: 'frames', first, last } })).toEqual(
      all.slice(first, last + 1),
    );
  }
  const [pre] = await read({ target, range: { kind: 'frames', first: 70, last: 72 }, preRollFrames: 12 });
  expect(pre).toEqual(all[70]);
});

it('shows the pre-roll to the work and not to the subscriber', async () => {
  const worked: number[] = [];
  const work: FrameWork = {
    holds: 0,
    in: () =>
      tap((item: Item<unknown>) => {
        worked.push(item.frame.index);
      }) as OperatorFunction<Item<never>, Item<unknown>>,
  };
  const part = await read({ work, range: { kind: 'frames', first: 70, last: 72 }, preRollFrames: 12 });
  expect(part.map(({ index }) => index)).toEqual([70, 71, 72]);
  expect(worked).toEqual(Array.from({ length: 15 }, (_, i) => 58 + i));
});

it('waits for its subscriber: no more frames are out than it said it can hold', async () => {
  const held: Item<unknown>[] = [];
  let most = 0;
  await new Promise<void>((resolve, reject) => {
    readVideo({ target: at('two.mp4'), work: passthrough, holds: 3 }).subscribe({
      next: (item) => {
        held.push(item);
        most = Math.max(most, held.length);
        setTimeout(() => held.shift()?.release(), 4);
      },
      error: reject,
      complete: resolve,
    });
  });
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(poolSize({ work: 0, sink: 3 }));
});

it('stops when nobody wants more, in the middle of a wait', async () => {
  const kept: Item<unknown>[] = [];
  const subscription = readVideo({ target: at('two.mp4'), work: passthrough }).subscribe((item) => {
    kept.push(item);
  });
  while (kept.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  subscription.unsubscribe();
  const count = kept.length;
  for (const item of kept) item.release();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(kept).toHaveLength(count);
});

it('keeps picture and sound together to one frame at the end of ten minutes', async () => {
  await ffmpeg(
    ...[
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=32x32:r=30000/1001:d=600',
      '-f',
      'lavfi',
      '-i',
      'sine=d=600:r=16000',
    ],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-b:a', '16k', at('ten.mp4')],
  );
  const { finished } = await pass(at('ten.mp4'), at('ten-out.mp4'), { encode: { preset: 'ultrafast' } });
  const before = await packetTimes(at('ten.mp4'));
  expect(finished.frames).toBe(before.ticks.length);
  expect(before.ticks.length).toBeGreaterThan(17_900);
  expect(await packetTimes(at('ten-out.mp4'))).toEqual(before);
  expect(await packetTimes(at('ten-out.mp4'), 'a:0')).toEqual(await packetTimes(at('ten.mp4'), 'a:0'));
  expect(await streamHash(at('ten-out.mp4'), 'a:0')).toBe(await streamHash(at('ten.mp4'), 'a:0'));
  for (const stream of ['v:0', 'a:0']) {
    expect(await entries(at('ten-out.mp4'), 'start_time,duration', stream)).toEqual(
      await entries(at('ten.mp4'), 'start_time,duration', stream),
    );
  }
});
