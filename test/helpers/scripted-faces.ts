import type { Detection, TrackedFace } from '../../src/core/faces.ts';
import { Frame, FramePool, frameLayout, type VideoFormat } from '../../src/core/frame.ts';
import type { Box } from '../../src/core/geometry.ts';
import { Item } from '../../src/core/item.ts';
import { Scope } from '../../src/core/scope.ts';
import type { ReadFace } from '../../src/nets/face-reader.ts';
import { detectorLook } from '../../src/ops/track/detector-views.ts';
import { boxOfLandmarks, type Sighting } from '../../src/ops/track/sighting.ts';
import { StageTimings } from '../../src/stages/timings.ts';
import { track, type TrackOptions } from '../../src/stages/track.ts';
import { lastValueFrom, Observable, toArray } from 'rxjs';

/** A face of a script: who, where its middle is, how large; `hidden` ones are there and cannot be seen. */
export type Actor = {
  readonly who: number;
  readonly x: number;
  readonly y: number;
  readonly side: number;
  readonly isHidden?: boolean;
};

/** What happens: the actors of every frame, and where scenes begin. */
export type Script = {
  readonly frames: number;
  readonly at: (index: number) => readonly Actor[];
  readonly cuts?: readonly number[];
};

const layout = frameLayout('yuv420p', 2, 2);
const format: VideoFormat = {
  layout,
  color: { matrix: 'bt709', range: 'limited' },
  timeBase: { num: 1, den: 30 },
};

/** A plain upright face of a side: 68 landmarks around a middle. */
export function plainPoints(x: number, y: number, side: number): Float32Array {
  const points = new Float32Array(136);
  const put = (p: number, u: number, v: number): void => {
    points[2 * p] = x + u * side;
    points[2 * p + 1] = y + v * side;
  };
  for (let p = 0; p < 68; p++) put(p, 0, 0.1);
  for (let p = 0; p < 17; p++)
    put(p, -0.4 * Math.cos((p * Math.PI) / 16), 0.45 * Math.sin((p * Math.PI) / 16));
  for (let p = 17; p < 27; p++) put(p, (p - 21.5) * 0.07, -0.15);
  for (let p = 36; p < 42; p++) put(p, -0.18, -0.05);
  for (let p = 42; p < 48; p++) put(p, 0.18, -0.05);
  for (let p = 48; p < 68; p++) put(p, 0, 0.27);
  put(48, -0.14, 0.27);
  put(54, 0.14, 0.27);
  return points;
}

export function plainBox(x: number, y: number, side: number): Box {
  return boxOfLandmarks(plainPoints(x, y, side));
}

function looks(who: number): Float32Array {
  const vector = new Float32Array(64);
  vector[who % 64] = 1;
  return vector;
}

function sightingOf({ who, x, y, side }: Actor, presence: number): Sighting {
  const points = plainPoints(x, y, side);
  return {
    box: boxOfLandmarks(points),
    score: presence,
    shape: {
      points,
      visibility: new Float32Array(68).fill(1),
      pose: { yaw: 0, pitch: 0, roll: 0 },
      identity: new Float32Array(0),
      expression: new Float32Array(0),
    },
    appearance: { kind: 'embedding', vector: looks(who), border: 0.4 },
    presence,
    isDetected: false,
    seeds: [],
  };
}

/** Sees the actor nearest to where it looks, within half a face; the frontmost (last) of several. */
export function scriptedReader({ at }: Script): ReadFace {
  return (frame, anchors) => {
    const x = (anchors[0]! + anchors[2]!) / 2;
    const y = (anchors[1]! + anchors[3]!) / 2 + 0.05;
    let best: Actor | undefined;
    let least = 0.5;
    for (const actor of at(frame.index)) {
      const distance = Math.hypot(actor.x - x, actor.y - y) / actor.side;
      if (actor.isHidden || distance > least) continue;
      least = distance;
      best = actor;
    }
    return Promise.resolve(best ? sightingOf(best, 0.95) : sightingOf({ who: 63, x, y, side: 50 }, 0));
  };
}

/** What a perfect detector finds in a frame. */
export function scriptedDetections({ at }: Script, index: number): Detection[] {
  return at(index)
    .filter(({ isHidden }) => !isHidden)
    .map(({ x, y, side }) => {
      const p = plainPoints(x, y, side);
      const five = [36, 42, 33, 48, 54].flatMap((i) => [p[2 * i]!, p[2 * i + 1]!]);
      return { box: boxOfLandmarks(p), score: 0.9, fivePoints: Float32Array.from(five) };
    });
}

export type Told = Pick<TrackedFace, 'trackId' | 'isBridged' | 'box'> & { readonly index: number };

/** Runs the track stage over a script (or a part of it) and tells what came out, frame by frame. */
export async function trackScript(
  script: Script,
  options: Partial<TrackOptions> = {},
  first = 0,
  last = script.frames - 1,
): Promise<Told[][]> {
  const every = options.every ?? 5;
  const stage = track({
    every,
    bridgeFrames: 30,
    birthScore: 0.6,
    birthPresence: 0.5,
    keepPresence: 0.25,
    history: undefined,
    openReader: () => Promise.resolve({ readFace: scriptedReader(script), hasPresence: true }),
    ...options,
  });
  const pool = new FramePool(stage.holds + 2, layout.bytes);
  const scope = new Scope();
  const items = new Observable<Item<Detection>>((subscriber) => {
    const give = async (): Promise<void> => {
      for (let index = first; index <= last; index++) {
        const data = await pool.acquire();
        const isSceneStart = script.cuts?.includes(index) ?? false;
        const frame = new Frame({ index, pts: index, isSceneStart, format, data, pool });
        const isUnknown = index === first && options.history === undefined;
        const isDue = detectorLook(index, isSceneStart || isUnknown, every) !== 'none';
        subscriber.next(new Item(frame, isDue ? scriptedDetections(script, index) : []));
      }
      subscriber.complete();
    };
    void give();
  });
  const context = { scope, tell: () => undefined, timings: new StageTimings() };
  const told = items.pipe(
    stage.in(context),
    (out) =>
      new Observable<Told[]>((subscriber) =>
        out.subscribe({
          next(item) {
            const { index } = item.frame;
            subscriber.next(
              item.faces.map(({ trackId, isBridged, box }) => ({ trackId, isBridged, box, index })),
            );
            item.release();
          },
          error: (error: unknown) => {
            subscriber.error(error);
          },
          complete: () => {
            subscriber.complete();
          },
        }),
      ),
  );
  const result = await lastValueFrom(told.pipe(toArray()));
  await scope.close();
  if (pool.free !== pool.size) throw new Error('A frame was lost.');
  return result;
}
