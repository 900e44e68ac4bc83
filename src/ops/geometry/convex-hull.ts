/**
 * The convex hull of points as a closed polygon, counter-clockwise where y goes up. Source: Andrew's monotone chain.
 *
 * Shapes: points [P,2] -> [H,2]; fewer than three different points give what there is.
 */
export function convexHull(points: ArrayLike<number>): Float32Array {
  const order = Array.from({ length: points.length >> 1 }, (_, p) => p).sort(
    (a, b) => points[2 * a]! - points[2 * b]! || points[2 * a + 1]! - points[2 * b + 1]!,
  );
  const chain = (list: readonly number[]): number[] => {
    const out: number[] = [];
    for (const p of list) {
      while (out.length > 1 && turn(points, out.at(-2)!, out.at(-1)!, p) <= 0) out.pop();
      out.push(p);
    }
    out.pop();
    return out;
  };
  const hull = [...chain(order), ...chain(order.toReversed())];
  return Float32Array.from(hull.flatMap((p) => [points[2 * p]!, points[2 * p + 1]!]));
}

/** Twice the area of the triangle a, b, c: above 0 for a turn to the left. */
function turn(points: ArrayLike<number>, a: number, b: number, c: number): number {
  const [ax, ay] = [points[2 * a]!, points[2 * a + 1]!];
  return (
    (points[2 * b]! - ax) * (points[2 * c + 1]! - ay) - (points[2 * b + 1]! - ay) * (points[2 * c]! - ax)
  );
}

/** A convex polygon filled with 1 in a picture of zeros [H,W]; undefined where nothing of it lies in the picture. */
export function fillHull(hull: ArrayLike<number>, width: number, height: number): Float32Array | undefined {
  const rows = hullRows(hull, width, height);
  const out = new Float32Array(width * height);
  let isAny = false;
  for (let y = 0; y < height; y++) {
    const [from, to] = [rows[2 * y]!, rows[2 * y + 1]!];
    if (to <= from) continue;
    out.fill(1, y * width + from, y * width + to);
    isAny = true;
  }
  return isAny ? out : undefined;
}

/** Where the rows of a picture cross a convex polygon: [from, to) in pixel centres; empty rows have from = to. */
export function hullRows(hull: ArrayLike<number>, width: number, height: number): Int32Array {
  const rows = new Int32Array(2 * height);
  const count = hull.length >> 1;
  for (let y = 0; y < height; y++) {
    let [left, right] = [Infinity, -Infinity];
    for (let p = 0; p < count; p++) {
      const q = (p + 1) % count;
      const [ay, by] = [hull[2 * p + 1]!, hull[2 * q + 1]!];
      const at = y + 0.5;
      if (ay > at === by > at) continue;
      const x = hull[2 * p]! + ((at - ay) / (by - ay)) * (hull[2 * q]! - hull[2 * p]!);
      left = Math.min(left, x);
      right = Math.max(right, x);
    }
    if (left > right) continue;
    rows[2 * y] = Math.min(width, Math.max(0, Math.ceil(left - 0.5)));
    rows[2 * y + 1] = Math.min(width, Math.max(rows[2 * y]!, Math.ceil(right - 0.5)));
  }
  return rows;
}
