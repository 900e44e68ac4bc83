/**
 * Warps class probabilities and takes the most probable label: contours move by fractions of a pixel and stay
 * smooth, which nearest sampling of a label map cannot do.
 *
 * Shapes: probabilities [R,S,S], from [S,S,2] -> labels [S,S]. Outside the picture: edge clamp.
 *
 * @param from where each pixel comes from, pixels, centres at .5
 * @param isSkipped pixels whose labels are not wanted (1): they are left as they are in `out`
 */
export function warpLabels(
  probabilities: Float32Array,
  from: Float32Array,
  size: number,
  out = new Uint8Array(size * size),
  isSkipped?: Uint8Array,
): Uint8Array {
  const area = size * size;
  const count = probabilities.length / area;
  if (from.length !== area * 2) {
    throw new RangeError(`map is [${from.length / 2},2], expected [S*S,2] = [${area},2]`);
  }
  const last = size - 1;
  for (let i = 0; i < area; i++) {
    if (isSkipped?.[i]) continue;
    const x = Math.min(last, Math.max(0, from[i * 2]! - 0.5));
    const y = Math.min(last, Math.max(0, from[i * 2 + 1]! - 0.5));
    const x0 = Math.min(size - 2, x | 0);
    const y0 = Math.min(size - 2, y | 0);
    const fx = x - x0;
    const fy = y - y0;
    const w11 = fx * fy;
    const w10 = fx - w11;
    const w01 = fy - w11;
    const w00 = 1 - fx - w01;
    let best = -1;
    let label = 0;
    for (let r = 0, at = y0 * size + x0; r < count; r++, at += area) {
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
  return out;
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
