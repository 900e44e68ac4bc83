/** Goes from 0 to 1 without a kink at either end: 3t² − 2t³, held at 0 and 1 outside. */
export function ease(t: number): number {
  return t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t);
}
