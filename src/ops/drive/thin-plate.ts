/** A smooth map of the plane given at scattered points, tabulated on a regular grid. */
export type GridMap = {
  /** Grid points per axis; they lie at 0, step, 2·step … of the picture. */
  readonly count: number;
  readonly step: number;
  /** [count,count,2]: x, y that each grid point maps to. */
  readonly values: Float32Array;
};

/**
 * Fits a thin-plate spline through point pairs and tabulates it: where does each place of the picture come from?
 *
 * Shapes: at [N,2], values [N,2] -> grid over 0…size. Exact at the points for `stiffness` 0.
 *
 * @param at points in the picture to be made, pixels
 * @param values where they come from
 * @param size side of the (square) picture
 * @param count grid points per axis
 * @param stiffness how much the points may be missed for a smoother map; 0 = not at all
 * @throws {RangeError} when all points lie on one line
 */
export function thinPlate(
  at: Float32Array,
  values: Float32Array,
  size: number,
  count: number,
  stiffness: number,
): GridMap {
  const n = at.length / 2;
  const m = n + 3;
  // Coordinates in units of the picture keep the system well scaled.
  const a = new Float64Array(m * m);
  const b = new Float64Array(m * 2);
  const xs = new Float64Array(n);
  const ys = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    xs[i] = at[i * 2]! / size;
    ys[i] = at[i * 2 + 1]! / size;
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const k = kernel(xs[i]! - xs[j]!, ys[i]! - ys[j]!);
      a[i * m + j] = k;
      a[j * m + i] = k;
    }
    a[i * m + i] = stiffness;
    a[i * m + n] = a[n * m + i] = 1;
    a[i * m + n + 1] = a[(n + 1) * m + i] = xs[i]!;
    a[i * m + n + 2] = a[(n + 2) * m + i] = ys[i]!;
    b[i * 2] = values[i * 2]!;
    b[i * 2 + 1] = values[i * 2 + 1]!;
  }
  solve(a, b, m);
  const grid = new Float32Array(count * count * 2);
  const step = size / (count - 1);
  const dy2 = new Float64Array(n);
  for (let row = 0; row < count; row++) {
    const y = (row * step) / size;
    for (let i = 0; i < n; i++) dy2[i] = (y - ys[i]!) ** 2;
    for (let column = 0; column < count; column++) {
      const x = (column * step) / size;
      let u = b[n * 2]! + b[n * 2 + 2]! * x + b[n * 2 + 4]! * y;
      let v = b[n * 2 + 1]! + b[n * 2 + 3]! * x + b[n * 2 + 5]! * y;
      for (let i = 0, j = 0; i < n; i++, j += 2) {
        const dx = x - xs[i]!;
        const r2 = dx * dx + dy2[i]!;
        if (r2 === 0) continue;
        const k = r2 * Math.log(r2);
        u += k * b[j]!;
        v += k * b[j + 1]!;
      }
      grid[(row * count + column) * 2] = u;
      grid[(row * count + column) * 2 + 1] = v;
    }
  }
  return { count, step, values: grid };
}

function kernel(dx: number, dy: number): number {
  const r2 = dx * dx + dy * dy;
  return r2 === 0 ? 0 : r2 * Math.log(r2);
}

/** Solves a·x = b for two right sides, in place (x replaces b), by elimination with row pivots. */
function solve(a: Float64Array, b: Float64Array, m: number): void {
  for (let k = 0; k < m; k++) {
    let pivot = k;
    for (let i = k + 1; i < m; i++) if (Math.abs(a[i * m + k]!) > Math.abs(a[pivot * m + k]!)) pivot = i;
    if (Math.abs(a[pivot * m + k]!) < 1e-12)
      throw new RangeError('The points of the spline lie on one line.');
    if (pivot !== k) {
      for (let j = k; j < m; j++) {
        const swap = a[k * m + j]!;
        a[k * m + j] = a[pivot * m + j]!;
        a[pivot * m + j] = swap;
      }
      for (let j = 0; j < 2; j++) {
        const swap = b[k * 2 + j]!;
        b[k * 2 + j] = b[pivot * 2 + j]!;
        b[pivot * 2 + j] = swap;
      }
    }
    const inverse = 1 / a[k * m + k]!;
    const above = a.subarray(k * m, (k + 1) * m);
    for (let i = k + 1; i < m; i++) {
      const factor = a[i * m + k]! * inverse;
      if (factor === 0) continue;
      for (let j = k + 1, at = i * m + k + 1; j < m; j++, at++) a[at]! -= factor * above[j]!;
      b[i * 2]! -= factor * b[k * 2]!;
      b[i * 2 + 1]! -= factor * b[k * 2 + 1]!;
    }
  }
  for (let k = m - 1; k >= 0; k--) {
    const inverse = 1 / a[k * m + k]!;
    for (let side = 0; side < 2; side++) {
      let sum = b[k * 2 + side]!;
      for (let j = k + 1; j < m; j++) sum -= a[k * m + j]! * b[j * 2 + side]!;
      b[k * 2 + side] = sum * inverse;
    }
  }
}

/**
 * Reads a grid map at pixel centres, bilinear between grid points.
 *
 * Shapes: -> [size,size,2], x and y that each pixel comes from, in pixels.
 *
 * @param isSkipped [size,size]: 1 where nobody asks; it stays 0 there
 */
export function expandGrid(map: GridMap, size: number, isSkipped?: Uint8Array): Float32Array {
  const { count, step, values } = map;
  const out = new Float32Array(size * size * 2);
  const columns = new Int32Array(size);
  const fractions = new Float64Array(size);
  for (let x = 0; x < size; x++) {
    const gx = (x + 0.5) / step;
    columns[x] = Math.min(count - 2, Math.floor(gx));
    fractions[x] = gx - columns[x]!;
  }
  for (let y = 0, at = 0; y < size; y++) {
    const gy = (y + 0.5) / step;
    const row = Math.min(count - 2, Math.floor(gy));
    const fy = gy - row;
    for (let x = 0; x < size; x++, at += 2) {
      if (isSkipped?.[at >> 1]) continue;
      const fx = fractions[x]!;
      const p = (row * count + columns[x]!) * 2;
      const q = p + count * 2;
      const x0 = values[p]!;
      const y0 = values[p + 1]!;
      const x1 = values[q]!;
      const y1 = values[q + 1]!;
      const topX = x0 + fx * (values[p + 2]! - x0);
      const topY = y0 + fx * (values[p + 3]! - y0);
      out[at] = topX + fy * (x1 + fx * (values[q + 2]! - x1) - topX);
      out[at + 1] = topY + fy * (y1 + fx * (values[q + 3]! - y1) - topY);
    }
  }
  return out;
}
