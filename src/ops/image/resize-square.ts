/**
 * Resizes square pictures, bilinear with half-pixel centres, edge clamp; where it shrinks, each output pixel is the
 * mean of evenly spread readings.
 *
 * Shapes: image [C,S,S] -> [C,T,T].
 */
export function resizeSquare(
  image: Float32Array,
  size: number,
  target: number,
  out: Float32Array = new Float32Array((image.length / (size * size)) * target * target),
): Float32Array {
  const channels = image.length / (size * size);
  if (!Number.isInteger(channels) || out.length !== channels * target * target) {
    throw new RangeError(`image is [${image.length}], expected [C,S,S] with S = ${size}`);
  }
  if (size === target) {
    out.set(image);
    return out;
  }
  // Every output index reads `count` places along an axis, each between two neighbours: the same for both axes.
  const count = Math.max(1, Math.ceil(size / target - 0.05));
  const low = new Int32Array(target * count);
  const high = new Int32Array(target * count);
  const share = new Float32Array(target * count);
  for (let i = 0; i < target * count; i++) {
    const at = Math.min(size - 1, Math.max(0, ((i + 0.5) / count) * (size / target) - 0.5));
    low[i] = Math.floor(at);
    high[i] = Math.min(size - 1, low[i]! + 1);
    share[i] = at - low[i]!;
  }
  const across = new Float32Array(size * target);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < size; y++) {
      const row = (c * size + y) * size;
      for (let x = 0; x < target; x++) {
        let sum = 0;
        for (let k = x * count; k < (x + 1) * count; k++) {
          const a = image[row + low[k]!]!;
          sum += a + share[k]! * (image[row + high[k]!]! - a);
        }
        across[y * target + x] = sum / count;
      }
    }
    for (let y = 0; y < target; y++) {
      const row = (c * target + y) * target;
      for (let x = 0; x < target; x++) {
        let sum = 0;
        for (let k = y * count; k < (y + 1) * count; k++) {
          const a = across[low[k]! * target + x]!;
          sum += a + share[k]! * (across[high[k]! * target + x]! - a);
        }
        out[row + x] = sum / count;
      }
    }
  }
  return out;
}
