import type { Neighbour, TrackedFace } from '../../core/faces.ts';
import { boxBlur } from '../blend/blur.ts';
import { boxOverlap } from '../geometry/boxes.ts';
import { convexHull, fillHull } from '../geometry/convex-hull.ts';

/** How far a face's own pixels go beyond the outline of its landmarks, as a share of the crop. */
const rim = 0.02;
const ownRim = 0.05;

/**
 * Finds the faces of a frame that may show in another one's crop, and which of two is in front: the one whose landmarks
 * are seen better; of two alike, the larger. A face that is not seen is behind.
 */
export function neighboursOf(face: TrackedFace, all: readonly TrackedFace[]): readonly Neighbour[] {
  return all
    .filter((other) => other !== face && boxOverlap(crop(face), crop(other)) > 0)
    .map((other) => ({
      outline: convexHull(other.shape.points),
      isInFront: !other.isBridged && frontness(other) > frontness(face),
    }));
}

/** About what the aligned crop shows. */
function crop({ box }: TrackedFace): TrackedFace['box'] {
  return { x: box.x - box.w / 2, y: box.y - box.h / 2, w: 2 * box.w, h: 2 * box.h };
}

function frontness({ shape, box }: TrackedFace): number {
  const { visibility } = shape;
  return (
    visibility.reduce((sum, v) => sum + v, 0) / Math.max(1, visibility.length) +
    1e-6 * Math.sqrt(box.w * box.h)
  );
}

/**
 * Takes what belongs to other faces out of masks, in place: all of a face in front, and of one behind what is not
 * within the own outline. A parser takes their skin for that of the face it was given.
 *
 * Shapes: masks [S,S] 0…1; outlines [H,2] in crop pixels.
 */
export function leaveOthers(
  masks: readonly Float32Array[],
  own: Float32Array,
  others: readonly Neighbour[],
  size: number,
): void {
  let ours: Float32Array | undefined;
  for (const { outline, isInFront } of others) {
    const theirs = softInside(outline, size, rim);
    if (!theirs) continue;
    if (!isInFront) ours ??= softInside(withForehead(own), size, ownRim);
    for (const mask of masks) {
      for (let i = 0; i < mask.length; i++) {
        const left = theirs[i]! * (1 - (isInFront ? 0 : (ours?.[i] ?? 0)));
        mask[i]! *= 1 - left;
      }
    }
  }
}

/** Landmarks end at the brows: how far a forehead goes on, in heights of their outline. */
const forehead = 0.4;

function withForehead(outline: Float32Array): Float32Array {
  const y = outline.filter((_, i) => i % 2 === 1);
  const up = forehead * (Math.max(...y) - Math.min(...y));
  return convexHull([...outline, ...outline.map((v, i) => (i % 2 === 1 ? v - up : v))]);
}

/** 1 within an outline and up to its rim, 0 a rim further out; undefined where nothing of it lies in the picture. */
function softInside(outline: Float32Array, size: number, width: number): Float32Array | undefined {
  const inside = fillHull(outline, size, size);
  if (!inside) return undefined;
  boxBlur(inside, size, size, Math.max(1, Math.round(width * size)));
  for (let i = 0; i < inside.length; i++) inside[i] = Math.min(1, 2 * inside[i]!);
  return inside;
}

/** How far a neck, and the shoulder that it goes over into, may lie beside the face, as a share of the crop. */
const beside = 0.16;
/** Faces nearer than this in the row are behind one another: their necks cannot be told apart by where they are. */
const apart = 0.15;

/** First and last column of the crop in which a neck is this face's own: around the face, up to half way to others. */
export function neckColumns(
  own: Float32Array,
  others: readonly Neighbour[],
  size: number,
): readonly [number, number] {
  const columns = (outline: Float32Array): [number, number] => {
    const x = outline.filter((_, i) => i % 2 === 0);
    return [Math.min(...x), Math.max(...x)];
  };
  const [left, right] = columns(own);
  let [first, last] = [left - beside * size, right + beside * size];
  for (const { outline } of others) {
    const [a, b] = columns(outline);
    const middle = (left + right) / 2;
    const theirs = (a + b) / 2;
    if (Math.abs(theirs - middle) < apart * size) continue;
    if (theirs < middle) first = Math.max(first, (theirs + middle) / 2);
    else last = Math.min(last, (theirs + middle) / 2);
  }
  return [first, last];
}
