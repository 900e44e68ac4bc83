import { ModelError } from '../core/errors.ts';
import { landmarkCount, type FaceShape } from '../core/faces.ts';
import type { Frame } from '../core/frame.ts';
import { transformPoints } from '../ops/drive/transform-points.ts';
import { anchorsFromPoints, ffhqQuad } from '../ops/geometry/ffhq-quad.ts';
import { cropSpace } from '../ops/geometry/quad.ts';
import { wrapDegrees } from '../ops/geometry/wrap-degrees.ts';
import { lookCentres, lookParts, unitSize } from '../ops/refine/close-looks.ts';
import type { OpenedNet } from './opened.ts';
import type { PixelPool } from './pixels.ts';

/** Reads a face's shape again, its parts from near. */
export type RefineShape = (frame: Frame, shape: FaceShape) => Promise<FaceShape>;

/**
 * Wraps an open network of the role `refiner`: patches of eyes, nose, mouth and jaw are cut out of the frame where the
 * landmarks say that they are, in a pixel worker; the network puts what it sees there and what the landmark network
 * told together. Points, identity, expression and pose are told anew, visibility stays.
 *
 * Graph: eye [2,3,S,S], nose [1,3,S,S], mouth [1,3,S,S], jaw [2,3,S,S], centres [6,2], told_points [1,198,2],
 * told_visibility [1,198], told_identity [1,40], told_expression [1,57], told_pose [1,3] -> points, identity, expression, pose; places in pixels of the
 * FFHQ crop of 256, degrees relative to it.
 *
 * @throws {ModelError} when there is no adapter for it
 */
export function refinerOf({ net, entry }: OpenedNet, pixels: PixelPool): RefineShape {
  const feed = entry.image;
  const sides = entry.params?.['sides'];
  const sizes = lookParts.map(({ name }) => net.info.inputs.find((input) => input.name === name)?.dims[3]);
  if (
    entry.adapter !== 'facet-refiner' ||
    !feed ||
    !Array.isArray(sides) ||
    sides.length !== sizes.length ||
    sizes.includes(undefined)
  ) {
    throw new ModelError(`The refiner network ${entry.file} has no adapter: "${entry.adapter}".`, {
      code: 'MODEL_UNSUPPORTED',
      hint: 'Use facet-refiner in the profile, with params.sides as docs/models.md says.',
    });
  }
  const patches = sizes.map((size, k) => ({ side: Number(sides[k]), size: Number(size) }));
  const { layout, channels, mean, std } = feed;
  const spare: Float32Array<ArrayBuffer>[][] = [];
  return async (frame, shape) => {
    const { frameFromCrop: frameFromUnit, cropFromFrame } = cropSpace(
      ffhqQuad(anchorsFromPoints(shape.points)),
      unitSize,
    );
    const points = transformPoints(cropFromFrame, shape.points);
    const centres = lookCentres(points);
    const turn = (Math.atan2(frameFromUnit[3]!, frameFromUnit[0]!) * 180) / Math.PI;
    const { data, format } = frame;
    const out = spare.pop();
    const cut = await pixels.run(
      'cutLooks',
      {
        planes: { data, layout: format.layout, color: format.color },
        frameFromUnit,
        centres,
        patches,
        feed: { layout, channels, mean, std },
        out,
      },
      out ?? [],
    );
    const { yaw, pitch, roll } = shape.pose;
    const { outputs, feeds } = await net.run({
      ...Object.fromEntries(
        lookParts.map(({ name, sides: both }, k) => {
          const { size } = patches[k]!;
          return [name, { data: cut[k]!, dims: [both.length, 3, size, size] }];
        }),
      ),
      centres: { data: centres, dims: [centres.length / 2, 2] },
      told_points: { data: points, dims: [1, landmarkCount, 2] },
      told_visibility: { data: Float32Array.from(shape.visibility), dims: [1, landmarkCount] },
      told_identity: { data: Float32Array.from(shape.identity), dims: [1, shape.identity.length] },
      told_expression: { data: Float32Array.from(shape.expression), dims: [1, shape.expression.length] },
      told_pose: { data: Float32Array.of(yaw, pitch, wrapDegrees(roll - turn)), dims: [1, 3] },
    });
    spare.push(lookParts.map(({ name }) => feeds[name]!.data as Float32Array<ArrayBuffer>));
    const read = (name: string, length: number): Float32Array => {
      const values = outputs[name]?.data;
      if (values instanceof Float32Array && values.length === length) return values;
      throw new ModelError(`The refiner network ${entry.file} gives ${values?.length ?? 'no'} ${name}.`, {
        code: 'MODEL_UNSUPPORTED',
        hint: `Its output ${name} must have ${length} numbers.`,
      });
    };
    const pose = read('pose', 3);
    return {
      ...shape,
      points: transformPoints(frameFromUnit, read('points', 2 * landmarkCount)),
      identity: read('identity', shape.identity.length),
      expression: read('expression', shape.expression.length),
      pose: { yaw: pose[0]!, pitch: pose[1]!, roll: wrapDegrees(pose[2]! + turn) },
    };
  };
}
