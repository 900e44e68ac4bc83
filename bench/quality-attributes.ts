import { from, lastValueFrom, map, toArray } from 'rxjs';
import type { FaceShape } from '../src/core/faces.ts';
import { readVideo } from '../src/pipeline/run-video.ts';
import type { SwapTools } from '../src/pipeline/swap-work.ts';
import type { FrameWork } from '../src/pipeline/video-run.ts';

/** How far a result's face is from the truth's, as facet's own landmark network reads both. Means over frames. */
export type AttributeErrors = {
  /** Root mean square difference of the identity weights (N(0,1) over people). */
  readonly identity: number;
  /** Mean absolute difference of yaw, pitch and roll. */
  readonly poseDegrees: number;
  /** Mean absolute difference of the blendshape weights. */
  readonly expression: number;
};

/** Reads the largest face of every frame of two clips and compares; undefined when no frame shows a face in both. */
export async function readAttributes(
  tools: SwapTools,
  result: string,
  truth: string,
): Promise<AttributeErrors | undefined> {
  const [a, b] = [await shapes(tools, result), await shapes(tools, truth)];
  let [identity, pose, expression, count] = [0, 0, 0, 0];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (!x || !y || x.identity.length === 0) continue;
    count += 1;
    identity += Math.sqrt(mean(x.identity, y.identity, (d) => d * d));
    pose +=
      (Math.abs(x.pose.yaw - y.pose.yaw) +
        Math.abs(x.pose.pitch - y.pose.pitch) +
        Math.abs(x.pose.roll - y.pose.roll)) /
      3;
    expression += mean(x.expression, y.expression, Math.abs);
  }
  if (count === 0) return undefined;
  return { identity: identity / count, poseDegrees: pose / count, expression: expression / count };
}

async function shapes(tools: SwapTools, target: string): Promise<readonly (FaceShape | undefined)[]> {
  const work: FrameWork = { holds: tools.track.holds, in: (context) => tools.track.in(context) };
  return lastValueFrom(
    from(readVideo({ target, work })).pipe(
      map((item) => {
        const faces = item.faces as readonly { box: { w: number; h: number }; shape: FaceShape }[];
        const largest = [...faces].sort((p, q) => q.box.w * q.box.h - p.box.w * p.box.h)[0];
        item.release();
        return largest?.shape;
      }),
      toArray(),
    ),
  );
}

function mean(a: Float32Array, b: Float32Array, cost: (difference: number) => number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += cost(a[i]! - b[i]!);
  return sum / Math.max(1, a.length);
}
