import type { Pose } from '../../core/faces.ts';
import type { Sighting } from './sighting.ts';
import { wrapDegrees } from '../geometry/wrap-degrees.ts';

/**
 * Puts a face between two sights of it: places, landmarks, pose and expression on the straight way from one to the
 * other.
 *
 * @param t 0 = as in `before`, 1 = as in `after`
 */
export function between(before: Sighting, after: Sighting, t: number): Sighting {
  const mix = (a: number, b: number): number => a + t * (b - a);
  const mixAll = (a: Float32Array, b: Float32Array): Float32Array =>
    a.length === b.length ? a.map((value, i) => mix(value, b[i]!)) : t < 0.5 ? a : b;
  const [a, b] = [before.shape, after.shape];
  return {
    box: {
      x: mix(before.box.x, after.box.x),
      y: mix(before.box.y, after.box.y),
      w: mix(before.box.w, after.box.w),
      h: mix(before.box.h, after.box.h),
    },
    score: Math.min(before.score, after.score),
    shape: {
      points: mixAll(a.points, b.points),
      visibility: mixAll(a.visibility, b.visibility),
      pose: mixPose(a.pose, b.pose, mix),
      identity: mixAll(a.identity, b.identity),
      expression: mixAll(a.expression, b.expression),
    },
    appearance: before.appearance,
    presence: 0,
    isDetected: false,
    seeds: [],
  };
}

function mixPose(a: Pose, b: Pose, mix: (a: number, b: number) => number): Pose {
  // Roll takes the shorter way round.
  const turn = wrapDegrees(b.roll - a.roll);
  const roll = mix(a.roll, a.roll + turn);
  return {
    yaw: mix(a.yaw, b.yaw),
    pitch: mix(a.pitch, b.pitch),
    roll: wrapDegrees(roll),
  };
}
