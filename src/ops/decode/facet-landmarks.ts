import { landmarkCount, type Pose } from '../../core/faces.ts';
import type { Tensor } from '../../core/tensor.ts';

/** What the landmark network of the mini profile tells of a crop. */
export type LandmarkReading = {
  /** [198,2] in crop pixels. */
  readonly points: Float32Array;
  /** 0…1 a point. */
  readonly visibility: Float32Array;
  /** Relative to the crop. */
  readonly pose: Pose;
  /** [40] */
  readonly identity: Float32Array;
  /** [57] 0…1 */
  readonly expression: Float32Array;
  /** How surely a face is in the crop, 0…1. */
  readonly presence: number;
  /** [64] of length 1: how the person looks; undefined when the network does not tell. */
  readonly embedding: Float32Array | undefined;
};

/**
 * Reads the outputs of a `facet-landmarks` network.
 *
 * Shapes: points [1,198,2] 0…1 of the side, visibility [1,198], pose [1,3] yaw, pitch, roll in degrees, identity
 * [1,40], expression [1,57], presence [1,1], embedding [1,64].
 *
 * @param size side S of the crop in pixels
 */
export function decodeLandmarks(outputs: Readonly<Record<string, Tensor>>, size: number): LandmarkReading {
  const read = (name: string, length: number): Float32Array => {
    const data = outputs[name]?.data;
    if (!(data instanceof Float32Array) || data.length !== length) {
      throw new RangeError(`output ${name} has ${data?.length ?? 'no'} values, expected ${length}`);
    }
    return data;
  };
  const pose = read('pose', 3);
  return {
    points: read('points', 2 * landmarkCount).map((value) => value * size),
    visibility: read('visibility', landmarkCount),
    pose: { yaw: pose[0]!, pitch: pose[1]!, roll: pose[2]! },
    identity: read('identity', 40),
    expression: read('expression', 57),
    presence: read('presence', 1)[0]!,
    embedding: outputs['embedding'] && read('embedding', 64),
  };
}
