/** How a quantity is steadied in a window of frames. */
export type SteadyWindow = {
  /** Widths of the Gaussians, in frames: what moves gets the narrow one, what moves little the wide one. */
  readonly narrow: number;
  readonly wide: number;
  /** Width for what rests: longer than any window looks ahead, it lives from the past, and would lag otherwise. */
  readonly rest: number;
  /** Where one estimate and the next differ by this much, they have equal say. */
  readonly tolerance: number;
};

/**
 * Gives weights that read the value at 0 off a straight line fitted to neighbours under a Gaussian: at the ends of
 * a track, where neighbours lie on one side only, a plain mean would lag behind the motion.
 *
 * Shapes: distances [N] in frames, one of them 0 -> [N], summing to 1.
 */
export function lineWeights(distances: readonly number[], sigma: number): Float64Array {
  const out = new Float64Array(distances.length);
  let [s0, s1, s2] = [0, 0, 0];
  for (let i = 0; i < distances.length; i++) {
    const d = distances[i]!;
    const w = Math.exp((-d * d) / (2 * sigma * sigma));
    out[i] = w;
    s0 += w;
    s1 += w * d;
    s2 += w * d * d;
  }
  const determinant = s0 * s2 - s1 * s1;
  for (let i = 0; i < out.length; i++) {
    out[i]! *= determinant > 1e-9 ? (s2 - s1 * distances[i]!) / determinant : 1 / s0;
  }
  return out;
}

/** Gives the weights of a plain mean under a Gaussian: quieter than a line, right only for what rests. */
export function meanWeights(distances: readonly number[], sigma: number): Float64Array {
  const out = Float64Array.from(distances, (d) => Math.exp((-d * d) / (2 * sigma * sigma)));
  const sum = out.reduce((total, w) => total + w, 0);
  return out.map((w) => w / sum);
}

/**
 * Steadies vectors over time, in groups of `groupSize` numbers (a point's x and y): each group goes from its narrow
 * to its wide estimate, and on to the one for what rests, as far as each agrees with the one before, so that a face
 * at rest is quiet and a fast one does not lag.
 *
 * Shapes: series N x [K], distances [N] -> [K].
 */
export function steady(
  series: readonly Float64Array[],
  distances: readonly number[],
  groupSize: number,
  { narrow, wide, rest, tolerance }: SteadyWindow,
): Float64Array {
  const weights = [
    lineWeights(distances, narrow),
    lineWeights(distances, wide),
    meanWeights(distances, rest),
  ];
  const size = series[0]?.length ?? 0;
  const out = new Float64Array(size);
  const next = new Float64Array(groupSize);
  for (let start = 0; start < size; start += groupSize) {
    for (let tier = 0; tier < weights.length; tier++) {
      let squares = 0;
      for (let k = 0; k < groupSize; k++) {
        let sum = 0;
        for (let i = 0; i < series.length; i++) sum += weights[tier]![i]! * series[i]![start + k]!;
        next[k] = sum - out[start + k]!;
        squares += next[k]! ** 2;
      }
      const ratio = squares / (tolerance * tolerance);
      const trust = tier === 0 ? 1 : 1 / (1 + ratio * ratio);
      for (let k = 0; k < groupSize; k++) out[start + k]! += trust * next[k]!;
    }
  }
  return out;
}
