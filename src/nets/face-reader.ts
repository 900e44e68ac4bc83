import type { Frame } from '../core/frame.ts';
import type { Sighting } from '../ops/track/sighting.ts';
import { ffhqQuad, anchorsFromPoints, type FaceAnchors } from '../ops/geometry/ffhq-quad.ts';
import { cropSpace, scaleQuad } from '../ops/geometry/quad.ts';
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
  const { size, feed, cropScale } = net;
  const spare: Float32Array<ArrayBuffer>[] = [];
  return async (frame, anchors) => {
    const quad = scaleQuad(ffhqQuad(anchors), cropScale);
    const { frameFromCrop } = cropSpace(quad, size);
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
    const appearance = embedding
      ? ({ kind: 'embedding', vector: embedding } as const)
      : faceColours(memory, size, feed, pointsInCrop);
    spare.push(memory);
    const turn = (Math.atan2(frameFromCrop[3]!, frameFromCrop[0]!) * 180) / Math.PI;
    const presence = isPlausible(pointsInCrop, size, cropScale) ? (reading.presence ?? 1) : 0;
    return {
      box: boxOfLandmarks(points),
      score: presence,
      shape: {
        points,
        visibility,
        pose: { ...pose, roll: wrap(pose.roll + turn) },
        identity,
        expression,
      },
      appearance,
      presence,
      isDetected: false,
      seeds: [],
    };
  };
}

/** The square that the landmarks ask for must be about the one they were found in. */
function isPlausible(pointsInCrop: Float32Array, size: number, cropScale: number): boolean {
  const quad = ffhqQuad(anchorsFromPoints(pointsInCrop));
  const side = Math.hypot(quad[6]! - quad[0]!, quad[7]! - quad[1]!) * cropScale;
  const x = (quad[0]! + quad[4]!) / 2;
  const y = (quad[1]! + quad[5]!) / 2;
  const isNear = Math.hypot(x - size / 2, y - size / 2) < 0.3 * size;
  return isNear && side > 0.55 * size && side < 1.7 * size;
}

/** Degrees in -180…180. */
function wrap(degrees: number): number {
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}
