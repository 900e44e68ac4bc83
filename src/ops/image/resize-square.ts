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
      readRow(across, r * target, image, (c * rows + r) * size, x);
    }
    for (let r = 0; r < targetRows; r++) {
      readColumns(result, (c * targetRows + r) * target, across, target, y, r);
    }
  }
  return result;
}

/** One row of `to`, from `at` on, out of one row of `from`. */
function readRow(to: Float32Array, at: number, from: Float32Array, row: number, x: Readings): void {
  const { count, low, high, share } = x;
  const target = low.length / count;
  if (count === 1) {
    for (let t = 0; t < target; t++) {
      const a = from[row + low[t]!]!;
      to[at + t] = a + share[t]! * (from[row + high[t]!]! - a);
    }
    return;
  }
  for (let t = 0; t < target; t++) {
    let sum = 0;
    for (let k = t * count; k < (t + 1) * count; k++) {
      const a = from[row + low[k]!]!;
      sum += a + share[k]! * (from[row + high[k]!]! - a);
    }
    to[at + t] = sum / count;
  }
}

/** Row `r` of the result, from `at` on, out of the columns of rows that are `width` long. */
function readColumns(
  to: Float32Array,
  at: number,
  from: Float32Array,
  width: number,
  y: Readings,
  r: number,
): void {
  const { count, low, high, share } = y;
  if (count === 1) {
    const above = low[r]! * width;
    const below = high[r]! * width;
    const part = share[r]!;
    for (let t = 0; t < width; t++) {
      const a = from[above + t]!;
      to[at + t] = a + part * (from[below + t]! - a);
    }
    return;
  }
  for (let t = 0; t < width; t++) {
    let sum = 0;
    for (let k = r * count; k < (r + 1) * count; k++) {
      const a = from[low[k]! * width + t]!;
      sum += a + share[k]! * (from[high[k]! * width + t]! - a);
    }
    to[at + t] = sum / count;
  }
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
