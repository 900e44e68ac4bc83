import type { Frame } from '../core/frame.ts';
import type { Sighting } from '../ops/track/sighting.ts';
import {
  anchorsFromPoints,
  ffhqFrame,
  quadOfFrame,
  type FaceAnchors,
  type QuadFrame,
} from '../ops/geometry/ffhq-quad.ts';
import { cropSpace } from '../ops/geometry/quad.ts';
import { wrapDegrees } from '../ops/geometry/wrap-degrees.ts';
import { faceColours } from '../ops/track/appearance.ts';
import { boxOfLandmarks } from '../ops/track/sighting.ts';
import { transformPoints } from '../ops/drive/transform-points.ts';
import type { LandmarkNet } from './landmarks.ts';
import type { PixelPool } from './pixels.ts';

/** Reads the face that stands at some anchors: what it looks like there, whether there is one at all. */
export type ReadFace = (frame: Frame, anchors: FaceAnchors) => Promise<Sighting>;

/**
 * Reads faces off frames: cuts the crop in a worker, runs the landmark network, and brings what it tells back to the
 * frame. Crops' memory is used again. A sighting's presence is 0 when its landmarks cannot be a face.
 */
export function faceReader(net: LandmarkNet, pixels: PixelPool): ReadFace {
  const { size, feed } = net;
  const spare: Float32Array<ArrayBuffer>[] = [];
  const readOnce = async (frame: Frame, anchors: FaceAnchors): Promise<Read> => {
    const { frameFromCrop } = cropSpace(quadOfFrame(onGrid(cropFrame(anchors, net))), size);
    const out = spare.pop();
    const { data, format } = frame;
    const input = await pixels.run(
      'makeFeed',
      {
        planes: { data, layout: format.layout, color: format.color },
        frameFromCrop,
        width: size,
        height: size,
        feed: { layout: feed.layout, channels: feed.channels, mean: feed.mean, std: feed.std },
        out,
      },
      out ? [out] : [],
    );
    const { reading, memory } = await net.run(input);
    const { points: pointsInCrop, visibility, pose, identity, expression, embedding } = reading;
    const points = transformPoints(frameFromCrop, pointsInCrop);
    const appearance =
      embedding && net.embeddingBorder !== undefined
        ? ({ kind: 'embedding', vector: embedding, border: net.embeddingBorder } as const)
        : faceColours(memory, size, feed, pointsInCrop);
    spare.push(memory);
    const turn = (Math.atan2(frameFromCrop[3]!, frameFromCrop[0]!) * 180) / Math.PI;
    const miss = missOf(pointsInCrop, net);
    const presence = miss < 1 ? (reading.presence ?? 1) : 0;
    const sighting: Sighting = {
      box: boxOfLandmarks(points),
      score: presence,
      shape: {
        points,
        visibility,
        pose: { ...pose, roll: wrapDegrees(pose.roll + turn) },
        identity,
        expression,
      },
      appearance,
      presence,
      isDetected: false,
      seeds: [],
    };
    return { sighting, miss };
  };
  return async (frame, anchors) => {
    const first = await readOnce(frame, anchors);
    if (first.miss < centredMiss || first.miss >= 1) return first.sighting;
    // The face has moved on: once more, with it in the middle.
    const second = await readOnce(frame, anchorsFromPoints(first.sighting.shape.points));
    return second.miss < first.miss ? second.sighting : first.sighting;
  };
}

type Read = { readonly sighting: Sighting; readonly miss: number };

/** Landmarks further off than this are read again. */
const centredMiss = 0.25;

/**
 * How far the square that the landmarks ask for is from the one they were found in: 0 = it is the same, 1 = so far
 * that it cannot be a face (0.3 of the side, the size by 1.7, or 45 degrees).
 */
function missOf(pointsInCrop: Float32Array, net: LandmarkNet): number {
  const { size } = net;
  const { cx, cy, x, y } = cropFrame(anchorsFromPoints(pointsInCrop), net);
  return Math.max(
    Math.hypot(cx - size / 2, cy - size / 2) / (0.3 * size),
    Math.abs(Math.log((2 * Math.hypot(x, y)) / size)) / Math.log(1.7),
    Math.abs(Math.atan2(y, x)) / (Math.PI / 4),
  );
}

/** The square that a network wants to see of a face. */
function cropFrame(anchors: FaceAnchors, { cropScale, cropShift }: LandmarkNet): QuadFrame {
  const { cx, cy, x, y } = ffhqFrame(anchors);
  const [lx, ly, rx, ry, mlx, mly, mrx, mry] = anchors as unknown as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  const down =
    (cropShift * Math.hypot(mlx + mrx - lx - rx, mly + mry - ly - ry)) / 2 / (Math.hypot(x, y) || 1);
  return { cx: cx - y * down, cy: cy + x * down, x: x * cropScale, y: y * cropScale };
}

/** Steps of the grid: sizes an octave, turns a radian, places along half a side. */
const grid = { sizes: 32, turns: 64, places: 128 };

/**
 * The nearest square on a grid: half a pixel of a crop of 128, 2 % in size, 1 degree. Where a crop is cut depends on what
 * was read off the frame before, and that on the one before; rounded, the way there is forgotten within some frames, to
 * the last bit, and a face that rests is read in one place.
 */
function onGrid({ cx, cy, x, y }: QuadFrame): QuadFrame {
  const half = 2 ** (Math.round(Math.log2(Math.hypot(x, y) || 1) * grid.sizes) / grid.sizes);
  const angle = Math.round(Math.atan2(y, x) * grid.turns) / grid.turns;
  const step = half / grid.places;
  return {
    cx: Math.round(cx / step) * step,
    cy: Math.round(cy / step) * step,
    x: half * Math.cos(angle),
    y: half * Math.sin(angle),
  };
}
