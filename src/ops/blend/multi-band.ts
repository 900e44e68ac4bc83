/** Share of the mask below which the wide strip of coarse colour is drawn in, to nothing where the mask is 0. */
const rim = 0.25;

/**
 * Blends two pictures band by band (Burt and Adelson): fine detail changes over at the mask's own edge, coarse
 * colour over a wider strip, but only where the mask is more than 0: what lies in front keeps its colour. In float; the parity version of the published 8-bit code is multi-band-e4s.ts.
 *
 * Shapes: under [C,S,S], over [C,S,S], mask [S,S] 0…1 (1 = over) -> [C,S,S]. S divisible by 2^bands.
 *
 * @param bands detail bands; 0 is plain alpha blending
 */
export function multiBand(
  under: Float32Array,
  over: Float32Array,
  mask: Float32Array,
  size: number,
  bands: number,
  out = new Float32Array(under.length),
): Float32Array {
  if (size % 2 ** bands !== 0) throw new RangeError(`size ${size} is not divisible by 2^${bands}`);
  const area = size * size;
  const channels = under.length / area;
  const difference = new Float32Array(area);
  const masks: Float32Array[] = [mask];
  for (let level = 0; level < bands; level++) masks.push(shrink(masks[level]!, size >> level));
  for (let c = 0; c < channels; c++) {
    const at = c * area;
    // Blending is linear: under + blend(over − under), one pyramid instead of two.
    for (let i = 0; i < area; i++) difference[i] = over[at + i]! - under[at + i]!;
    let coarse: Float32Array = difference;
    const details: Float32Array[] = [];
    for (let level = 0; level < bands; level++) {
      const side = size >> level;
      const smaller = shrink(coarse, side);
      const detail = grow(smaller, side);
      const weight = masks[level]!;
      for (let i = 0; i < detail.length; i++) detail[i] = (coarse[i]! - detail[i]!) * weight[i]!;
      details.push(detail);
      coarse = smaller;
    }
    const base = Float32Array.from(coarse);
    const weight = masks[bands]!;
    for (let i = 0; i < base.length; i++) base[i]! *= weight[i]!;
    let sum: Float32Array = base;
    for (let level = bands - 1; level >= 0; level--) {
      sum = grow(sum, size >> level);
      const detail = details[level]!;
      for (let i = 0; i < sum.length; i++) sum[i]! += detail[i]!;
    }
    for (let i = 0; i < area; i++) {
      const a = mask[i]!;
      out[at + i] = under[at + i]! + (a < rim ? a / rim : 1) * sum[i]!;
    }
  }
  return out;
}

/** Halves a square picture after a [1,3,3,1]/8 filter on both axes (the phase that keeps pixel centres), edge clamp. */
function shrink(image: Float32Array, side: number): Float32Array {
  const half = side >> 1;
  const across = new Float32Array(side * half);
  for (let y = 0; y < side; y++) {
    const row = y * side;
    for (let x = 0; x < half; x++) {
      const i = row + 2 * x;
      const left = image[x === 0 ? i : i - 1]!;
      const right = image[x === half - 1 ? i + 1 : i + 2]!;
      across[y * half + x] = (left + 3 * (image[i]! + image[i + 1]!) + right) * 0.125;
    }
  }
  const out = new Float32Array(half * half);
  for (let y = 0; y < half; y++) {
    const above = (y === 0 ? 0 : 2 * y - 1) * half;
    const first = 2 * y * half;
    const second = first + half;
    const below = (y === half - 1 ? 2 * y + 1 : 2 * y + 2) * half;
    for (let x = 0; x < half; x++) {
      out[y * half + x] =
        (across[above + x]! + 3 * (across[first + x]! + across[second + x]!) + across[below + x]!) * 0.125;
    }
  }
  return out;
}

/** Doubles a square picture, bilinear at half-pixel centres (weights 3/4 and 1/4), edge clamp, to `side`. */
function grow(image: Float32Array, side: number): Float32Array {
  const half = side >> 1;
  const across = new Float32Array(half * side);
  for (let y = 0; y < half; y++) {
    const row = y * half;
    for (let x = 0; x < half; x++) {
      const here = image[row + x]!;
      const left = image[row + (x === 0 ? 0 : x - 1)]!;
      const right = image[row + (x === half - 1 ? x : x + 1)]!;
      across[y * side + 2 * x] = 0.75 * here + 0.25 * left;
      across[y * side + 2 * x + 1] = 0.75 * here + 0.25 * right;
    }
  }
  const out = new Float32Array(side * side);
  for (let y = 0; y < half; y++) {
    const here = y * side;
    const above = (y === 0 ? 0 : y - 1) * side;
    const below = (y === half - 1 ? y : y + 1) * side;
    for (let x = 0; x < side; x++) {
      const value = 0.75 * across[here + x]!;
      out[2 * y * side + x] = value + 0.25 * across[above + x]!;
      out[(2 * y + 1) * side + x] = value + 0.25 * across[below + x]!;
    }
  }
  return out;
}
