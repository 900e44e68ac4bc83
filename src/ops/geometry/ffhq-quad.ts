import type { Quad } from '../../core/geometry.ts';

/** Where a quad comes from: x, y of image-left and image-right eye centre, image-left and image-right mouth corner. */
export type FaceAnchors = Float64Array;

/**
 * Gives the anchors of a face from its 68 landmarks (or more; Multi-PIE order): an eye's centre is the mean of its
 * six points.
 *
 * Shapes: points [P,2], P >= 68 -> [4,2], same space.
 */
export function anchorsFromPoints(points: ArrayLike<number>): FaceAnchors {
  const out = new Float64Array(8);
  for (let eye = 0; eye < 2; eye++) {
    for (let p = 36 + 6 * eye; p < 42 + 6 * eye; p++) {
      out[eye * 2]! += points[p * 2]! / 6;
      out[eye * 2 + 1]! += points[p * 2 + 1]! / 6;
    }
  }
  out.set([points[96]!, points[97]!, points[108]!, points[109]!], 4);
  return out;
}

/** Gives the anchors from the five points of a detection. Shapes: [5,2] -> [4,2]. */
export function anchorsFromFive(fivePoints: ArrayLike<number>): FaceAnchors {
  return Float64Array.of(
    ...[fivePoints[0]!, fivePoints[1]!, fivePoints[2]!, fivePoints[3]!],
    ...[fivePoints[6]!, fivePoints[7]!, fivePoints[8]!, fivePoints[9]!],
  );
}

/** A turned square: its centre, and half its upper edge as a vector to the right. */
export type QuadFrame = { readonly cx: number; readonly cy: number; readonly x: number; readonly y: number };

/** Gives the FFHQ square around a face. Source: E4S b.1; fixture ffhq_align. */
export function ffhqFrame(anchors: FaceAnchors): QuadFrame {
  const [lx, ly, rx, ry, mlx, mly, mrx, mry] = anchors as unknown as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  const eyeX = (lx + rx) / 2;
  const eyeY = (ly + ry) / 2;
  const ex = rx - lx;
  const ey = ry - ly;
  const mx = (mlx + mrx) / 2 - eyeX;
  const my = (mly + mry) / 2 - eyeY;
  const dx = ex + my;
  const dy = ey - mx;
  const length = Math.hypot(dx, dy);
  const half = Math.max(2 * Math.hypot(ex, ey), 1.8 * Math.hypot(mx, my));
  // Eyes and mouth in one place: every direction will do.
  const [ux, uy] = length > 0 ? [dx / length, dy / length] : [1, 0];
  return { cx: eyeX + 0.1 * mx, cy: eyeY + 0.1 * my, x: ux * half, y: uy * half };
}

/** Gives the corners of a turned square: top-left, bottom-left, bottom-right, top-right. */
export function quadOfFrame({ cx, cy, x, y }: QuadFrame): Quad {
  // Downwards is (−y, x).
  return Float64Array.of(
    ...[cx - x + y, cy - y - x],
    ...[cx - x - y, cy - y + x],
    ...[cx + x - y, cy + y + x],
    ...[cx + x + y, cy + y - x],
  );
}

/** Gives the FFHQ quad of a face from its anchors. */
export function ffhqQuad(anchors: FaceAnchors): Quad {
  return quadOfFrame(ffhqFrame(anchors));
}
