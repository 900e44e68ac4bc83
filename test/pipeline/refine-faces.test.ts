import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { lastValueFrom, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { FaceShape, TrackedFace } from '../../src/core/faces.ts';
import type { Item } from '../../src/core/item.ts';
import { refinerOf } from '../../src/nets/refiner.ts';
import { sharedPixels } from '../../src/nets/pixels.ts';
import { findFaces } from '../../src/pipeline/find-faces.ts';
import { readVideo } from '../../src/pipeline/run-video.ts';
import type { StageContext } from '../../src/stages/define-stage.ts';
import { refine } from '../../src/stages/refine.ts';
import { openMini } from '../helpers/mini-nets.ts';

type Truth = {
  readonly frames: readonly {
    readonly faces: readonly {
      readonly points68: readonly (readonly [number, number])[];
      readonly pose: readonly number[];
    }[];
  }[];
};
const samples = join(import.meta.dirname, '..', '..', 'samples');
/** Looked at: the first frames of a clip, every one of them. */
const frameCount = 10;

/** The first face of each frame, as tracking reads it and as it is refined. */
async function shapesOf(name: string): Promise<{ before: FaceShape[]; after: FaceShape[] }> {
  const before: FaceShape[] = [];
  const after: FaceShape[] = [];
  const find = findFaces({ open: openMini });
  const closer = refine({
    openRefiner: async (scope) => refinerOf(await openMini('refiner', scope), sharedPixels(scope)),
  });
  const keep = (into: FaceShape[]) =>
    tap((item: Item<TrackedFace>) => {
      into.push(item.faces[0]!.shape);
    });
  const work = {
    holds: find.holds + closer.holds,
    in: (context: StageContext) => (items: Parameters<ReturnType<typeof find.in>>[0]) =>
      items.pipe(find.in(context), keep(before), closer.in(context), keep(after)),
  };
  const release = tap((item: Item<unknown>) => {
    item.release();
  });
  const target = join(samples, `${name}.mp4`);
  await lastValueFrom(
    readVideo({ target, work, range: { kind: 'frames', first: 0, last: frameCount - 1 } }).pipe(release),
    {
      defaultValue: undefined,
    },
  );
  return { before, after };
}

async function truthOf(name: string): Promise<Truth> {
  return JSON.parse(
    gunzipSync(await readFile(join(samples, 'truth', `${name}.json.gz`))).toString(),
  ) as Truth;
}

/** Mean distance of the 68 points from the truth, in shares of the outer eye corners' distance. */
function errorOf(shapes: readonly FaceShape[], truth: Truth): number {
  let sum = 0;
  shapes.forEach(({ points }, k) => {
    const at = truth.frames[k]!.faces[0]!.points68;
    const eyes = Math.hypot(at[36]![0] - at[45]![0], at[36]![1] - at[45]![1]);
    at.forEach(([x, y], p) => {
      sum += Math.hypot(points[2 * p]! - x, points[2 * p + 1]! - y) / eyes / 68 / shapes.length;
    });
  });
  return sum;
}

describe('the refiner of mini', { timeout: 120_000 }, () => {
  it.each(['talk', 'light', 'glasses'])(
    'finds the landmarks of %s better than tracking does',
    async (name) => {
      const { before, after } = await shapesOf(name);
      const truth = await truthOf(name);
      expect(after).toHaveLength(frameCount);
      expect(errorOf(after, truth)).toBeLessThan(0.85 * errorOf(before, truth));
      for (const { identity, expression, pose } of after) {
        expect(identity).toHaveLength(40);
        expect(Math.min(...expression)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...expression)).toBeLessThanOrEqual(1);
        expect(Math.abs(pose.yaw - truth.frames[0]!.faces[0]!.pose[0]!)).toBeLessThan(8);
      }
    },
  );
});
