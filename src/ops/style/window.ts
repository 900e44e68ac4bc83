/** How far smoothing looks, in frames to each side, by strength. */
export const smoothRadius = { off: 0, low: 1, medium: 3, high: 6 } as const;

/**
 * Weights of a centred window: a Gaussian that has fallen to about 1/8 at `radius` frames, not normalised.
 *
 * @param distances frames between the centre and each neighbour
 */
export function windowWeights(distances: readonly number[], radius: number): number[] {
  if (radius === 0) return distances.map((distance) => (distance === 0 ? 1 : 0));
  const sigma = radius / 2;
  return distances.map((distance) => Math.exp((-distance * distance) / (2 * sigma * sigma)));
}

/** Weighted mean of equally long vectors. Shapes: n x [K], weights [n] -> [K]. */
export function weightedMean(vectors: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const first = vectors[0];
  if (!first) throw new RangeError('weightedMean needs at least one vector.');
  const sum = new Float32Array(first.length);
  let total = 0;
  for (let i = 0; i < vectors.length; i++) {
    const weight = weights[i]!;
    const vector = vectors[i]!;
    total += weight;
    for (let c = 0; c < sum.length; c++) sum[c]! += weight * vector[c]!;
  }
  for (let c = 0; c < sum.length; c++) sum[c]! /= total;
  return sum;
}
