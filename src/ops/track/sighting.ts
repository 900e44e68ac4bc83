import type { Appearance, FaceShape } from '../../core/faces.ts';
import type { Box } from '../../core/geometry.ts';
import { boxOverlap, boxOfPoints, centreDistance } from '../geometry/boxes.ts';

/** A face that the landmark network saw in one frame. */
export type Sighting = {
  readonly box: Box;
  /** The detector's where it saw the face too, else the landmark network's presence; 0…1. */
  readonly score: number;
  readonly shape: FaceShape;
  readonly appearance: Appearance | undefined;
  /** How surely it is a face; 1 for networks that do not say. */
  readonly presence: number;
  /** True when the detector saw it in this frame. */
  readonly isDetected: boolean;
  /** Keys of the tracks whose last place it was looked for at; none for a fresh detection. */
  readonly seeds: readonly number[];
};

/** How far a face's box goes above its brows, in heights of its landmarks. */
const forehead = 0.3;

/**
 * The box of a face from its landmarks, as detectors draw it: from the forehead to the chin.
 *
 * Shapes: points [P,2], P >= 68 (Multi-PIE order first).
 */
export function boxOfLandmarks(points: Float32Array): Box {
  const { x, y, w, h } = boxOfPoints(points, 0, 68);
  // Up is from the mouth to the eyes, wherever that is in the frame.
  const upX = (points[72]! + points[90]! - points[96]! - points[108]!) / 2;
  const upY = (points[73]! + points[91]! - points[97]! - points[109]!) / 2;
  const length = Math.hypot(upX, upY) || 1;
  const more = forehead * Math.max(w, h);
  const dx = (upX / length) * more;
  const dy = (upY / length) * more;
  return {
    x: x + Math.min(0, dx),
    y: y + Math.min(0, dy),
    w: w + Math.abs(dx),
    h: h + Math.abs(dy),
  };
}

/** True when two places are one face seen twice. */
export function isSamePlace(a: Box, b: Box): boolean {
  return boxOverlap(a, b) > 0.45 && centreDistance(a, b) < 0.4;
}

/** From further to the side a face does not look like itself. */
export const clearYaw = 35;

/** True when looks can be learnt from a sight: nobody near, and not from the side. */
export function isClearSight(key: number, seen: ReadonlyMap<number, Sighting>): boolean {
  const here = seen.get(key);
  if (!here || Math.abs(here.shape.pose.yaw) >= clearYaw) return false;
  for (const [other, { box }] of seen) if (other !== key && boxOverlap(box, here.box) >= 0.1) return false;
  return true;
}

/** Joins sightings of one face into the surest one; its seeds are all of theirs. */
export function joinSightings(sightings: readonly Sighting[]): Sighting[] {
  const kept: Sighting[] = [];
  const rank = ({ isDetected, presence, score }: Sighting): number => (isDetected ? 2 : 0) + presence + score;
  for (const sighting of [...sightings].sort((a, b) => rank(b) - rank(a))) {
    const twin = kept.findIndex((other) => isSamePlace(other.box, sighting.box));
    if (twin < 0) kept.push(sighting);
    else kept[twin] = { ...kept[twin]!, seeds: [...kept[twin]!.seeds, ...sighting.seeds] };
  }
  return kept;
}
