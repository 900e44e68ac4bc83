/** How a one-euro filter behaves. */
export type OneEuro = {
  /** Cutoff at rest, in Hz: lower is steadier. */
  readonly restHz: number;
  /** How much the cutoff rises with speed, in Hz per unit/s: higher lags less. */
  readonly perSpeed: number;
};

/** What a filter remembers of the frame before. */
export type OneEuroState = { readonly value: Float64Array; readonly speed: Float64Array };

/**
 * Steadies a vector without looking ahead: a low-pass whose cutoff rises with the vector's speed (Casiez et al.,
 * CHI 2012), in groups of `groupSize` numbers.
 *
 * @param before state after the frame before; undefined at the beginning
 * @param seconds time since then
 * @param unit size by which speeds are divided, so that near and far faces are treated alike
 */
export function oneEuro(
  value: Float64Array,
  before: OneEuroState | undefined,
  seconds: number,
  groupSize: number,
  unit: number,
  { restHz, perSpeed }: OneEuro,
): OneEuroState {
  if (!before || !(seconds > 0)) {
    return { value: Float64Array.from(value), speed: new Float64Array(value.length) };
  }
  const out = new Float64Array(value.length);
  const speed = new Float64Array(value.length);
  const share = (hz: number): number => 1 / (1 + 1 / (2 * Math.PI * hz * seconds));
  const slow = share(1);
  for (let start = 0; start < value.length; start += groupSize) {
    let squares = 0;
    for (let k = start; k < start + groupSize; k++) {
      const now = (value[k]! - before.value[k]!) / seconds / unit;
      speed[k] = before.speed[k]! + slow * (now - before.speed[k]!);
      squares += speed[k]! ** 2;
    }
    const alpha = share(restHz + perSpeed * Math.sqrt(squares));
    for (let k = start; k < start + groupSize; k++) {
      out[k] = before.value[k]! + alpha * (value[k]! - before.value[k]!);
    }
  }
  return { value: out, speed };
}
