import { anchorsFromPoints, ffhqFrame, type QuadFrame } from './ffhq-quad.ts';
import { steady } from './steady.ts';

/** A face in one frame, taken apart: where its FFHQ square lies, and where the landmarks lie in it. */
export type FacePlace = {
  /** cx, cy, and half the upper edge x, y, in frame pixels. */
  readonly square: Float64Array;
  /** [P,2] from the square's centre, in half edges along its axes. */
  readonly local: Float64Array;
};

/** Takes a face's landmarks apart; undefined when they span no square. Shapes: points [P,2], P >= 68. */
export function placeOf(points: Float32Array): FacePlace | undefined {
  const { cx, cy, x, y } = ffhqFrame(anchorsFromPoints(points));
  const length = x * x + y * y;
  // Under a pixel there is nothing to see; NaN is no place either.
  if (!(length > 0.25) || !Number.isFinite(length + cx + cy)) return undefined;
  const local = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const dx = points[i]! - cx;
    const dy = points[i + 1]! - cy;
    local[i] = (dx * x + dy * y) / length;
    local[i + 1] = (dy * x - dx * y) / length;
  }
  return { square: Float64Array.of(cx, cy, x, y), local };
}

/** Puts a face together again. */
export function facePoints({ square, local }: FacePlace): Float32Array {
  const [cx, cy, x, y] = [square[0]!, square[1]!, square[2]!, square[3]!];
  const points = new Float32Array(local.length);
  for (let i = 0; i < local.length; i += 2) {
    points[i] = cx + local[i]! * x - local[i + 1]! * y;
    points[i + 1] = cy + local[i]! * y + local[i + 1]! * x;
  }
  return points;
}

/** The square of a place. */
export function squareOf({ square }: FacePlace): QuadFrame {
  return { cx: square[0]!, cy: square[1]!, x: square[2]!, y: square[3]! };
}

/** Landmarks of a talking mouth move more than the square does, and matter less to the eye. */
const squareTolerance = 0.003;
const pointTolerance = 0.004;

/**
 * Steadies a face in a window of its track: square (centre and axes apart) and landmarks in the square each on
 * their own, so that a mouth moves freely in a quiet crop.
 *
 * @param places the face in each frame of the window
 * @param distances frames from the one that is asked for
 * @param wide width of the window's wide Gaussian, in frames
 */
export function steadyFace(
  places: readonly FacePlace[],
  distances: readonly number[],
  wide: number,
): FacePlace {
  const here = places[distances.indexOf(0)]!;
  const half = Math.hypot(here.square[2]!, here.square[3]!);
  const narrow = Math.min(1, wide);
  // A landmark network's slow wander on a still face lives for some ten frames.
  const rest = 8 * wide;
  return {
    square: steady(
      places.map(({ square }) => square),
      distances,
      2,
      { narrow, wide, rest, tolerance: squareTolerance * half },
    ),
    local: steady(
      places.map(({ local }) => local),
      distances,
      2,
      { narrow: 0.7 * narrow, wide, rest, tolerance: pointTolerance },
    ),
  };
}
