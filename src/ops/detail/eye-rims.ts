/** The six landmarks of one eye's rim, x and y: outer or inner corner, two of the upper lid, the other corner, two of the lower lid. */
export type EyeRim = Float32Array;

/** First of each eye's landmarks among the 68. */
const firsts = [36, 42] as const;

/** The rims of both eyes. Shapes: points [P,2], P >= 68 -> two of [6,2]; none from fewer landmarks. */
export function eyesOf(points: Float32Array): readonly EyeRim[] {
  if (points.length < 2 * 68) return [];
  return firsts.map((first) => points.subarray(2 * first, 2 * first + 12));
}

/** From corner to corner. */
export function rimWidth(eye: EyeRim): number {
  return Math.hypot(eye[6]! - eye[0]!, eye[7]! - eye[1]!);
}

/** How far an eye is open: the mean distance of its lids in widths of the eye. */
export function rimOpening(eye: EyeRim): number {
  const between = (p: number, q: number): number =>
    Math.hypot(eye[2 * p]! - eye[2 * q]!, eye[2 * p + 1]! - eye[2 * q + 1]!);
  return (between(1, 5) + between(2, 4)) / 2 / Math.max(1e-6, rimWidth(eye));
}

/** Whole pixels of a crop. */
export type PixelBox = {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
};

/** The pixels of an eye, and `margin` widths of it around, in a crop of side S. */
export function rimBox(eye: EyeRim, size: number, margin: number): PixelBox {
  const more = margin * rimWidth(eye) + 1;
  let [left, top, right, bottom] = [size, size, 0, 0];
  for (let p = 0; p < 6; p++) {
    left = Math.min(left, eye[2 * p]! - more);
    right = Math.max(right, eye[2 * p]! + more);
    top = Math.min(top, eye[2 * p + 1]! - more);
    bottom = Math.max(bottom, eye[2 * p + 1]! + more);
  }
  const within = (value: number): number => Math.min(size, Math.max(0, Math.round(value)));
  return { left: within(left), top: within(top), right: within(right), bottom: within(bottom) };
}

/** Distance of a place from the rim of an eye, the closed line through its six landmarks. */
export function rimDistance(eye: EyeRim, x: number, y: number): number {
  let nearest = Infinity;
  for (let p = 0; p < 6; p++) {
    const q = (p + 1) % 6;
    const [ax, ay] = [eye[2 * p]!, eye[2 * p + 1]!];
    const [bx, by] = [eye[2 * q]! - ax, eye[2 * q + 1]! - ay];
    const length = bx * bx + by * by;
    const t = length > 0 ? Math.min(1, Math.max(0, ((x - ax) * bx + (y - ay) * by) / length)) : 0;
    nearest = Math.min(nearest, Math.hypot(x - ax - t * bx, y - ay - t * by));
  }
  return nearest;
}
