import type { LabelPicture } from '../labels/label-picture.ts';

/**
 * Warps class probabilities and takes the most probable label: contours move by fractions of a pixel and stay
 * smooth, which nearest sampling of a label map cannot do.
 *
 * Shapes: probabilities [12,S,S], labels [S,S], from [S,S,2] -> labels [S,S]. Outside the picture: edge clamp.
 *
 * Needs the likeliest labels beside the probabilities: where all four neighbours have the same one, so has what lies
 * between them, and most of a face is like that.
 *
 * @param from where each pixel comes from, pixels, centres at .5
 * @param isSkipped pixels whose labels are not wanted (1): they are left as they are in `out`
 */
export function warpLabels(
  { probabilities, labels }: LabelPicture,
  from: Float32Array,
  size: number,
  out = new Uint8Array(size * size),
  isSkipped?: Uint8Array,
): Uint8Array {
  const area = size * size;
  if (from.length !== area * 2) {
    throw new RangeError(`map is [${from.length / 2},2], expected [S*S,2] = [${area},2]`);
  }
  warpInto(out, probabilities, labels, from, size, isSkipped);
  return out;
}

function warpInto(
  out: Uint8Array,
  probabilities: Float32Array,
  labels: Uint8Array,
  from: Float32Array,
  size: number,
  isSkipped: Uint8Array | undefined,
): void {
  const area = size * size;
  const count = probabilities.length / area;
  const last = size - 1;
  for (let i = 0; i < area; i++) {
    if (isSkipped?.[i]) continue;
    const x = Math.min(last, Math.max(0, from[i * 2]! - 0.5));
    const y = Math.min(last, Math.max(0, from[i * 2 + 1]! - 0.5));
    const x0 = Math.min(size - 2, x | 0);
    const y0 = Math.min(size - 2, y | 0);
    const first = y0 * size + x0;
    const own = labels[first]!;
    if (labels[first + 1] === own && labels[first + size] === own && labels[first + size + 1] === own) {
      out[i] = own;
      continue;
    }
    const fx = x - x0;
    const fy = y - y0;
    const w11 = fx * fy;
    const w10 = fx - w11;
    const w01 = fy - w11;
    const w00 = 1 - fx - w01;
    let best = -1;
    let label = 0;
    for (let r = 0, at = first; r < count; r++, at += area) {
      const p =
        w00 * probabilities[at]! +
        w10 * probabilities[at + 1]! +
        w01 * probabilities[at + size]! +
        w11 * probabilities[at + size + 1]!;
      if (p > best) {
        best = p;
        label = r;
      }
    }
    out[i] = label;
  }
}

/**
 * Warps a picture, bilinear.
 *
 * Shapes: image [C,S,S], from [S,S,2] -> [C,S,S]. Outside the picture: edge clamp.
 *
 * @param isSkipped [S,S]: 1 for pixels that are not wanted: they stay 0
 */
export function warpImage(
  image: Float32Array,
  from: Float32Array,
  size: number,
  isSkipped?: Uint8Array,
): Float32Array {
  const out = new Float32Array(image.length);
  const area = size * size;
  const count = image.length / area;
  const last = size - 1;
  for (let i = 0; i < area; i++) {
    if (isSkipped?.[i]) continue;
    const x = Math.min(last, Math.max(0, from[i * 2]! - 0.5));
    const y = Math.min(last, Math.max(0, from[i * 2 + 1]! - 0.5));
    const x0 = Math.min(size - 2, x | 0);
    const y0 = Math.min(size - 2, y | 0);
    const fx = x - x0;
    const fy = y - y0;
    for (let c = 0, at = y0 * size + x0; c < count; c++, at += area) {
      const top = image[at]! + fx * (image[at + 1]! - image[at]!);
      const bottom = image[at + size]! + fx * (image[at + size + 1]! - image[at + size]!);
      out[c * area + i] = top + fy * (bottom - top);
    }
  }
  return out;
}
