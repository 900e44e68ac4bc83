import type { Detection } from '../core/faces.ts';
import type { Frame } from '../core/frame.ts';
import type { Box } from '../core/geometry.ts';
import type { Item } from '../core/item.ts';
import type { ReadFace } from '../nets/face-reader.ts';
import { boxCover, boxOverlap, centreDistance } from '../ops/geometry/boxes.ts';
import { anchorsFromFive, anchorsFromPoints, type FaceAnchors } from '../ops/geometry/ffhq-quad.ts';
import type { Look } from '../ops/track/detector-views.ts';
import { predictMotion } from '../ops/track/motion.ts';
import { joinSightings, type Sighting } from '../ops/track/sighting.ts';
import {
  isLive,
  trackFrame,
  type Track,
  type TrackerOptions,
  type TrackerState,
  type TrackerStep,
} from '../ops/track/tracker.ts';

/**
 * Looks for the faces of one frame and takes them into the tracks: where each was expected, and where the detector
 * saw one that nobody expected.
 */
export async function lookForFaces(
  state: TrackerState,
  item: Item<Detection>,
  look: Look,
  readFace: ReadFace,
  options: TrackerOptions,
): Promise<TrackerStep> {
  const { frame } = item;
  const expected = state.tracks.filter((track) => options.hasPresence || isLive(track, state));
  const sightings = await Promise.all(
    expected.map(async (track) => ({
      ...(await readFace(frame, expectedAnchors(track, frame.index))),
      seeds: [track.key],
      least: isLive(track, state) ? options.keepPresence : options.birthPresence,
    })),
  );
  const present: Sighting[] = sightings.filter(({ presence, least }) => presence > 0 && presence >= least);
  const fresh = await Promise.all(
    confirm(present, item.faces).map((found) => readNew(frame, found, readFace)),
  );
  const sure = fresh.filter(({ presence }) => presence > 0 && presence >= options.keepPresence);
  const all = joinSightings([...present, ...sure]);
  const real = all.filter((sighting) => !isGhost(sighting, all, state, look));
  return trackFrame(state, frame.index, real, look, options);
}

/**
 * True for landmarks that have found a hold on somebody else's face: mostly within it, and not confirmed by the detector
 * now or when it last could have been.
 */
function isGhost(sighting: Sighting, all: readonly Sighting[], state: TrackerState, look: Look): boolean {
  if (sighting.isDetected) return false;
  const own = state.tracks.filter(({ key }) => sighting.seeds.includes(key));
  const isDoubtful = own.every((track) => track.missedDetections > 0 || !isLive(track, state));
  return all.some(
    (other) =>
      other !== sighting &&
      (isDoubtful || (look !== 'none' && other.isDetected)) &&
      boxCover(sighting.box, other.box) > 0.5,
  );
}

/** Where a face's eyes and mouth should be by now. */
function expectedAnchors({ last, lastSeen, motion }: Track, index: number): FaceAnchors {
  const anchors = anchorsFromPoints(last.shape.points);
  const guess = predictMotion(motion, index - lastSeen);
  // From frame to frame half the way: what the landmarks miss would be taken for speed, and so grow.
  const share = lastSeen === index - 1 ? 0.5 : 1;
  const dx = share * (guess.x - (last.box.x + last.box.w / 2));
  const dy = share * (guess.y - (last.box.y + last.box.h / 2));
  return anchors.map((value, i) => value + (i % 2 === 0 ? dx : dy));
}

/** Marks the sightings that the detector saw too, in place; gives the detections that are of nobody seen yet. */
function confirm(sightings: Sighting[], detections: readonly Detection[]): readonly Detection[] {
  const isFree = sightings.map(() => true);
  return detections.filter(({ box, score }) => {
    // A nose and mouth can look like a small face of their own; no second face stands in the middle of one.
    if (sightings.some((sighting) => isWithin(box, sighting.box))) return false;
    let best = -1;
    let most = 0;
    sightings.forEach((sighting, s) => {
      const overlap = boxOverlap(sighting.box, box);
      const isNear = overlap > 0.35 || (overlap > 0.15 && centreDistance(sighting.box, box) < 0.3);
      if (!isFree[s] || !isNear || overlap <= most) return;
      best = s;
      most = overlap;
    });
    if (best < 0) return true;
    isFree[best] = false;
    sightings[best] = { ...sightings[best]!, isDetected: true, score };
    return false;
  });
}

/** True when a box is less than half of another and its centre in the other's middle. */
function isWithin(inner: Box, outer: Box): boolean {
  const dx = inner.x + inner.w / 2 - (outer.x + outer.w / 2);
  const dy = inner.y + inner.h / 2 - (outer.y + outer.h / 2);
  const isSmall = inner.w * inner.h < 0.5 * outer.w * outer.h;
  return isSmall && Math.abs(dx) < 0.3 * outer.w && Math.abs(dy) < 0.35 * outer.h;
}

/** Readings of a new face at most: a detector's five points put the crop a few per cent off. */
const newReadings = 4;

/** Reads a face that only the detector has seen, again and again where it was read until the place stays. */
async function readNew(frame: Frame, found: Detection, readFace: ReadFace): Promise<Sighting> {
  let anchors = anchorsFromFive(found.fivePoints);
  let sighting = await readFace(frame, anchors);
  for (let reading = 1; reading < newReadings && sighting.presence > 0; reading++) {
    const next = anchorsFromPoints(sighting.shape.points);
    const eyeDistance = Math.hypot(next[2]! - next[0]!, next[3]! - next[1]!);
    const moved = Math.max(...next.map((value, i) => Math.abs(value - anchors[i]!)));
    if (moved < 0.02 * eyeDistance) break;
    anchors = next;
    sighting = await readFace(frame, anchors);
  }
  return { ...sighting, score: found.score, isDetected: true };
}
