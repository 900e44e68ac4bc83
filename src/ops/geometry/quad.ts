import type { Quad, Transform } from '../../core/geometry.ts';
import { invert } from './transform.ts';

/** A square crop's place in the frame, both ways. */
export type CropSpace = { readonly frameFromCrop: Transform; readonly cropFromFrame: Transform };

/**
 * Gives the projective transform that maps the square (0,0), (0,S), (S,S), (S,0) onto a quad's corners, and its
 * inverse. A turned square gives a similarity, exactly (last row 0, 0, 1).
 *
 * @param size side S of the square
 * @throws {RangeError} when the quad is degenerate (area under 1 px²)
 */
export function cropSpace(quad: Quad, size: number): CropSpace {
  const [x0, y0, x1, y1, x2, y2, x3, y3] = quad as unknown as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  const area = Math.abs((x2 - x0) * (y3 - y1) - (x3 - x1) * (y2 - y0)) / 2;
  if (!(area >= 1)) throw new RangeError(`the quad is degenerate: its area is ${area} px²`);
  // Corners in the order (0,0), (1,0), (1,1), (0,1): Heckbert's square-to-quad.
  const px = x0 - x3 + x2 - x1;
  const py = y0 - y3 + y2 - y1;
  let [g, h] = [0, 0];
  // Sums of rounding errors are no perspective.
  if (Math.abs(px) + Math.abs(py) > 1e-9 * Math.sqrt(area)) {
    const dx1 = x3 - x2;
    const dx2 = x1 - x2;
    const dy1 = y3 - y2;
    const dy2 = y1 - y2;
    const d = dx1 * dy2 - dx2 * dy1;
    g = (px * dy2 - dx2 * py) / d;
    h = (dx1 * py - px * dy1) / d;
  }
  const frameFromCrop = Float64Array.of(
    ...[(x3 - x0 + g * x3) / size, (x1 - x0 + h * x1) / size, x0],
    ...[(y3 - y0 + g * y3) / size, (y1 - y0 + h * y1) / size, y0],
    ...[g / size, h / size, 1],
  );
  return { frameFromCrop, cropFromFrame: invert(frameFromCrop) };
}

/** Gives a quad made larger or smaller about its centre. */
export function scaleQuad(quad: Quad, factor: number): Quad {
  const cx = (quad[0]! + quad[2]! + quad[4]! + quad[6]!) / 4;
  const cy = (quad[1]! + quad[3]! + quad[5]! + quad[7]!) / 4;
  return quad.map((value, i) => (i % 2 === 0 ? cx + factor * (value - cx) : cy + factor * (value - cy)));
}
