/**
 * Resizes square pictures (or ones of another number of rows, by the same factor), bilinear with half-pixel centres,
 * edge clamp; where it shrinks, each output pixel is the mean of evenly spread readings.
 *
 * Shapes: image [C,S,S] -> [C,T,T]; with `rows` R, [C,R,S] -> [C,R·T/S,T].
 */
export function resizeSquare(
  image: Float32Array,
  size: number,
  target: number,
  out?: Float32Array,
  rows = size,
): Float32Array {
  const channels = image.length / (rows * size);
  const targetRows = Math.round((rows * target) / size);
  const result = out ?? new Float32Array(channels * targetRows * target);
  if (!Number.isInteger(channels) || result.length !== channels * targetRows * target) {
    throw new RangeError(`image is [${image.length}], expected [C,R,S] with R = ${rows}, S = ${size}`);
  }
  if (size === target) {
    result.set(image);
    return result;
  }
  const x = readings(size, target);
  const y = rows === size ? x : readings(rows, targetRows);
  const across = new Float32Array(rows * target);
  for (let c = 0; c < channels; c++) {
    for (let r = 0; r < rows; r++) {
      const row = (c * rows + r) * size;
      for (let t = 0; t < target; t++) {
        let sum = 0;
        for (let k = t * x.count; k < (t + 1) * x.count; k++) {
          const a = image[row + x.low[k]!]!;
          sum += a + x.share[k]! * (image[row + x.high[k]!]! - a);
        }
        across[r * target + t] = sum / x.count;
      }
    }
    for (let r = 0; r < targetRows; r++) {
      const row = (c * targetRows + r) * target;
      for (let t = 0; t < target; t++) {
        let sum = 0;
        for (let k = r * y.count; k < (r + 1) * y.count; k++) {
          const a = across[y.low[k]! * target + t]!;
          sum += a + y.share[k]! * (across[y.high[k]! * target + t]! - a);
        }
        result[row + t] = sum / y.count;
      }
    }
  }
  return result;
}

/** Where the pixels of a resized axis are read: `count` places each, each between two neighbours. */
type Readings = {
  readonly count: number;
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly share: Float32Array;
};

function readings(size: number, target: number): Readings {
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
  return { count, low, high, share };
}

/** A square picture at another side: itself where it has that side, else resized. Shapes: [3,T,T] -> [3,S,S]. */
export function atSide(picture: Float32Array, size: number): Float32Array {
  const side = Math.round(Math.sqrt(picture.length / 3));
  return side === size ? picture : resizeSquare(picture, side, size);
}
