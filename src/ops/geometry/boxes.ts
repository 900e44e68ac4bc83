import type { Box } from '../../core/geometry.ts';

/** Area in common over area together, 0…1. */
export function boxOverlap(a: Box, b: Box): number {
  const w = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  if (!(w > 0 && h > 0)) return 0;
  const common = w * h;
  return common / (a.w * a.h + b.w * b.h - common);
}

/** How much of a box another one covers, 0…1. */
export function boxCover(box: Box, by: Box): number {
  const w = Math.min(box.x + box.w, by.x + by.w) - Math.max(box.x, by.x);
  const h = Math.min(box.y + box.h, by.y + by.h) - Math.max(box.y, by.y);
  return w > 0 && h > 0 ? (w * h) / (box.w * box.h) : 0;
}

/** Distance of two boxes' centres in units of their mean side. */
export function centreDistance(a: Box, b: Box): number {
  const side = (Math.sqrt(a.w * a.h) + Math.sqrt(b.w * b.h)) / 2;
  return Math.hypot(a.x + a.w / 2 - b.x - b.w / 2, a.y + a.h / 2 - b.y - b.h / 2) / Math.max(side, 1e-6);
}

/** Smallest box around points. Shapes: points [P,2]. */
export function boxOfPoints(points: ArrayLike<number>, from = 0, to = points.length / 2): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let p = from; p < to; p++) {
    left = Math.min(left, points[p * 2]!);
    right = Math.max(right, points[p * 2]!);
    top = Math.min(top, points[p * 2 + 1]!);
    bottom = Math.max(bottom, points[p * 2 + 1]!);
  }
  return { x: left, y: top, w: right - left, h: bottom - top };
}

/**
 * Keeps of every heap of overlapping candidates the one with the highest score, best first (greedy suppression).
 *
 * @param most the overlap up to which two are two
 */
export function suppressOverlaps<Candidate extends { readonly box: Box; readonly score: number }>(
  candidates: readonly Candidate[],
  most: number,
): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of [...candidates].sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => boxOverlap(other.box, candidate.box) <= most)) kept.push(candidate);
  }
  return kept;
}
