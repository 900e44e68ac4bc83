import type { Quad } from '../../core/geometry.ts';

/**
 * Steadies the quads of a whole clip as the published video code does: centres with a Gaussian of 1 frame, half axes
 * with one of 3, mirrored at the ends. Knows no cuts and needs all frames: facet itself uses `steadyFace`. Source:
 * E4S d.1; fixture quad_smooth.
 */
export function smoothQuadsE4s(quads: readonly Quad[]): Quad[] {
  const read = (of: (q: Quad) => number): number[] => quads.map(of);
  const cx = gaussian(
    read((q) => (q[0]! + q[4]!) / 2),
    1,
  );
  const cy = gaussian(
    read((q) => (q[1]! + q[5]!) / 2),
    1,
  );
  // c − x − y, c − x + y, c + x + y, c + x − y.
  const xx = gaussian(
    read((q) => (q[4]! - q[2]!) / 2),
    3,
  );
  const xy = gaussian(
    read((q) => (q[5]! - q[3]!) / 2),
    3,
  );
  const yx = gaussian(
    read((q) => (q[2]! - q[0]!) / 2),
    3,
  );
  const yy = gaussian(
    read((q) => (q[3]! - q[1]!) / 2),
    3,
  );
  return quads.map((_, i) => {
    const [x, y, ax, ay, bx, by] = [cx[i]!, cy[i]!, xx[i]!, xy[i]!, yx[i]!, yy[i]!];
    return Float64Array.of(
      x - ax - bx,
      y - ay - by,
      x - ax + bx,
      y - ay + by,
      x + ax + bx,
      y + ay + by,
      x + ax - bx,
      y + ay - by,
    );
  });
}

/** A Gaussian over a sequence, cut at four sigma; d c b a | a b c d at the ends. */
function gaussian(values: readonly number[], sigma: number): number[] {
  const reach = Math.floor(4 * sigma + 0.5);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-((k - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((total, w) => total + w, 0);
  const count = values.length;
  return values.map((_, i) => {
    let value = 0;
    for (let k = -reach; k <= reach; k++) {
      const at = (((i + k) % (2 * count)) + 2 * count) % (2 * count);
      value += (weights[k + reach]! / sum) * values[at < count ? at : 2 * count - 1 - at]!;
    }
    return value;
  });
}
