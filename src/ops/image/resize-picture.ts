/**
 * Resizes a square picture, bilinear with half-pixel centres, edge clamp and no antialias: what the published code
 * does to the encoder's input (torch `interpolate`, align_corners false). At 4:1 a pixel is the mean of the inner
 * 2x2 of its 4x4 block.
 *
 * Shapes: image [C,S,S] -> new [C,T,T]; a copy when S = T.
 * Source: E4S a.0.
 */
export function resizePicture(image: Float32Array, size: number, target: number): Float32Array {
  if (size === target) return Float32Array.from(image);
  const area = size * size;
  const count = image.length / area;
  if (!Number.isInteger(count))
    throw new RangeError(`image is [${image.length}], expected [C,S,S], S = ${size}`);
  const out = new Float32Array(count * target * target);
  const first = new Int32Array(target);
  const share = new Float32Array(target);
  for (let i = 0; i < target; i++) {
    const at = Math.min(size - 1, Math.max(0, ((i + 0.5) * size) / target - 0.5));
    first[i] = Math.max(0, Math.min(size - 2, Math.floor(at)));
    share[i] = at - first[i]!;
  }
  const next = size > 1 ? 1 : 0;
  let o = 0;
  for (let c = 0; c < count; c++) {
    for (let y = 0; y < target; y++) {
      const top = c * area + first[y]! * size;
      const bottom = top + next * size;
      const fy = share[y]!;
      for (let x = 0; x < target; x++) {
        const i = first[x]!;
        const fx = share[x]!;
        const a = image[top + i]! + fx * (image[top + i + next]! - image[top + i]!);
        const b = image[bottom + i]! + fx * (image[bottom + i + next]! - image[bottom + i]!);
        out[o++] = a + fy * (b - a);
      }
    }
  }
  return out;
}
