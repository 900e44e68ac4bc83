import type { Pose } from '../../core/faces.ts';

/** How many points MediaPipe's face mesh has. */
export const meshPoints = 468;

/**
 * The 68 landmarks (Multi-PIE order) among the 468 points of MediaPipe's canonical face mesh. The contour of the jaw
 * is the mesh's silhouette, so it lies a little further out than hand-marked jaws.
 */
// prettier-ignore
export const meshIndexOfLandmark: readonly number[] = [
  162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389, // jaw
  71, 63, 105, 66, 107, 336, 296, 334, 293, 301, // brows
  168, 197, 5, 4, 75, 97, 2, 326, 305, // nose
  33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380, // eyes
  61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, // outer lips
  78, 82, 13, 312, 308, 317, 14, 87, // inner lips
];

/** What the face mesh tells of a crop. */
export type MeshReading = {
  /** [68,2] in crop pixels. */
  readonly points: Float32Array;
  /** Relative to the crop. */
  readonly pose: Pose;
};

/**
 * Reads 68 landmarks and the head's pose off the face mesh: the pose is that of the axes from temple to temple and
 * from forehead to chin.
 *
 * Shapes: mesh [468,3] x, y in crop pixels, z in the same unit, smaller = nearer.
 */
export function decodeMesh(mesh: Float32Array): MeshReading {
  if (mesh.length !== 3 * meshPoints) {
    throw new RangeError(`the face mesh has ${mesh.length} values, expected [468,3]`);
  }
  const points = new Float32Array(2 * meshIndexOfLandmark.length);
  meshIndexOfLandmark.forEach((index, p) => {
    points[2 * p] = mesh[3 * index]!;
    points[2 * p + 1] = mesh[3 * index + 1]!;
  });
  const axis = (from: readonly number[], to: readonly number[]): number[] =>
    [0, 1, 2].map((k) => {
      let sum = 0;
      for (const index of to) sum += mesh[3 * index + k]! / to.length;
      for (const index of from) sum -= mesh[3 * index + k]! / from.length;
      return sum;
    });
  // Image-left to image-right: temples and outer eye corners; forehead to chin.
  const right = unit(axis([127, 234, 33], [356, 454, 263]));
  const downRaw = axis([10, 151], [152, 175]);
  const along = dot(right, downRaw);
  const down = unit(downRaw.map((value, k) => value - along * right[k]!));
  // Out of the face, towards the viewer where z is negative.
  const out = [
    right[1]! * down[2]! - right[2]! * down[1]!,
    right[2]! * down[0]! - right[0]! * down[2]!,
    right[0]! * down[1]! - right[1]! * down[0]!,
  ].map((value) => -value);
  const roll = Math.atan2(right[1]!, right[0]!);
  // Yaw and pitch are those of the head upright: the picture's turn is taken out first.
  const x = Math.cos(roll) * out[0]! + Math.sin(roll) * out[1]!;
  const y = Math.cos(roll) * out[1]! - Math.sin(roll) * out[0]!;
  const degrees = 180 / Math.PI;
  return {
    points,
    pose: {
      yaw: Math.atan2(x, -out[2]!) * degrees,
      pitch: Math.asin(Math.max(-1, Math.min(1, y))) * degrees,
      roll: roll * degrees,
    },
  };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
}

function unit(v: readonly number[]): number[] {
  const length = Math.hypot(...v) || 1;
  return v.map((value) => value / length);
}
