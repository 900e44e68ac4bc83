/** A part of a crop, in its pixels. */
export type CropPart = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};

/**
 * The smallest part of a picture that holds all of a mask that is above 0, with `margin` around it as far as the picture
 * goes; undefined where nothing is.
 *
 * Shapes: mask [H,W].
 *
 * @param unit its border lies on multiples of this, or on the picture's own
 */
export function partUnder(
  mask: Float32Array,
  width: number,
  height: number,
  margin = 0,
  unit = 1,
): CropPart | undefined {
  let [left, right, top, bottom] = [width, -1, -1, -1];
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let first = 0;
    while (first < width && mask[row + first]! <= 0) first++;
    if (first === width) continue;
    let last = width - 1;
    while (mask[row + last]! <= 0) last--;
    left = Math.min(left, first);
    right = Math.max(right, last);
    if (top < 0) top = y;
    bottom = y;
  }
  if (right < 0) return undefined;
  const down = (at: number): number => Math.max(0, Math.floor((at - margin) / unit) * unit);
  const up = (at: number, end: number): number => Math.min(end, Math.ceil((at + margin) / unit) * unit);
  left = down(left);
  top = down(top);
  return { left, top, width: up(right + 1, width) - left, height: up(bottom + 1, height) - top };
}

/**
 * Cuts rows of a part out of pictures that are `width` wide and as high as their length says, into pictures of the part's
 * size. Shapes: pictures [C,H,W] -> [C,h,w] of the part; rows that the pictures do not have are left as they are in `out`.
 *
 * @param channels C
 */
export function cutPart(
  pictures: Float32Array,
  channels: number,
  width: number,
  part: CropPart,
  out = new Float32Array(channels * part.width * part.height),
): Float32Array {
  const area = pictures.length / channels;
  const rows = Math.min(part.height, area / width - part.top);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < rows; y++) {
      const from = c * area + (part.top + y) * width + part.left;
      out.set(pictures.subarray(from, from + part.width), (c * part.height + y) * part.width);
    }
  }
  return out;
}
