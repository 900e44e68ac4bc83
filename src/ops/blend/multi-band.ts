/** Share of the mask below which the wide strip of coarse colour is drawn in, to nothing where the mask is 0. */
const rim = 0.25;

/**
 * Blends two pictures band by band (Burt and Adelson): fine detail changes over at the mask's own edge, coarse
 * colour over a wider strip, but only where the mask is more than 0: what lies in front keeps its colour. In float; the parity version of the published 8-bit code is multi-band-e4s.ts.
 *
 * Shapes: under [C,H,W], over [C,H,W], mask [H,W] 0…1 (1 = over) -> [C,H,W]; H and W divisible by 2^bands. A part of
 * two pictures is blended as the whole is where it goes on for 4·2^bands pixels beyond the mask.
 *
 * @param bands detail bands; 0 is plain alpha blending
 * @param out may be `under` itself
 */
export function multiBand(
  under: Float32Array,
  over: Float32Array,
  mask: Float32Array,
  width: number,
  bands: number,
  out: Float32Array = new Float32Array(under.length),
): Float32Array {
  const area = mask.length;
  const height = area / width;
  if (width % 2 ** bands !== 0 || height % 2 ** bands !== 0) {
    throw new RangeError(`picture of ${width}x${height} is not divisible by 2^${bands}`);
  }
  const channels = under.length / area;
  const difference = new Float32Array(area);
  const masks: Float32Array[] = [mask];
  for (let level = 0; level < bands; level++) masks.push(shrink(masks[level]!, width >> level));
  for (let c = 0; c < channels; c++) {
    // Blending is linear: under + blend(over − under), one pyramid instead of two.
    subtract(difference, over, under, c * area);
    let coarse: Float32Array = difference;
    const details: Float32Array[] = [];
    for (let level = 0; level < bands; level++) {
      const smaller = shrink(coarse, width >> level);
      const detail = grow(smaller, width >> level);
      weighRest(detail, coarse, masks[level]!);
      details.push(detail);
      coarse = smaller;
    }
    let sum: Float32Array = coarse.slice();
    multiply(sum, masks[bands]!);
    for (let level = bands - 1; level >= 0; level--) {
      sum = grow(sum, width >> level);
      addTo(sum, details[level]!);
    }
    lay(out, under, sum, mask, c * area);
  }
  return out;
}

// Loops in functions of their own, with arrays and numbers only: V8 compiles each once.

function subtract(out: Float32Array, over: Float32Array, under: Float32Array, at: number): void {
  for (let i = 0; i < out.length; i++) out[i] = over[at + i]! - under[at + i]!;
}

/** What of a picture its coarse version lacks, weighed; in place of the coarse version. */
function weighRest(coarse: Float32Array, picture: Float32Array, weight: Float32Array): void {
  for (let i = 0; i < coarse.length; i++) coarse[i] = (picture[i]! - coarse[i]!) * weight[i]!;
}

function multiply(picture: Float32Array, weight: Float32Array): void {
  for (let i = 0; i < picture.length; i++) picture[i]! *= weight[i]!;
}

function addTo(sum: Float32Array, more: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += more[i]!;
}

/** Lays a blended difference over a picture, drawn in where the mask is faint. */
function lay(
  out: Float32Array,
  under: Float32Array,
  sum: Float32Array,
  mask: Float32Array,
  at: number,
): void {
  for (let i = 0; i < sum.length; i++) {
    const a = mask[i]!;
    out[at + i] = under[at + i]! + (a < rim ? a / rim : 1) * sum[i]!;
  }
}

/** Halves a picture after a [1,3,3,1]/8 filter on both axes (the phase that keeps pixel centres), edge clamp. */
function shrink(image: Float32Array, width: number): Float32Array {
  const height = image.length / width;
  const half = width >> 1;
  const across = new Float32Array(height * half);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < half; x++) {
      const i = row + 2 * x;
      const left = image[x === 0 ? i : i - 1]!;
      const right = image[x === half - 1 ? i + 1 : i + 2]!;
      across[y * half + x] = (left + 3 * (image[i]! + image[i + 1]!) + right) * 0.125;
    }
  }
  const rows = height >> 1;
  const out = new Float32Array(rows * half);
  for (let y = 0; y < rows; y++) {
    const above = (y === 0 ? 0 : 2 * y - 1) * half;
    const first = 2 * y * half;
    const second = first + half;
    const below = (y === rows - 1 ? 2 * y + 1 : 2 * y + 2) * half;
    for (let x = 0; x < half; x++) {
      out[y * half + x] =
        (across[above + x]! + 3 * (across[first + x]! + across[second + x]!) + across[below + x]!) * 0.125;
    }
  }
  return out;
}

/** Doubles a picture, bilinear at half-pixel centres (weights 3/4 and 1/4), edge clamp, to `width`. */
function grow(image: Float32Array, width: number): Float32Array {
  const half = width >> 1;
  const rows = image.length / half;
  const across = new Float32Array(rows * width);
  for (let y = 0; y < rows; y++) {
    const row = y * half;
    for (let x = 0; x < half; x++) {
      const here = image[row + x]!;
      const left = image[row + (x === 0 ? 0 : x - 1)]!;
      const right = image[row + (x === half - 1 ? x : x + 1)]!;
      across[y * width + 2 * x] = 0.75 * here + 0.25 * left;
      across[y * width + 2 * x + 1] = 0.75 * here + 0.25 * right;
    }
  }
  const out = new Float32Array(2 * rows * width);
  for (let y = 0; y < rows; y++) {
    const here = y * width;
    const above = (y === 0 ? 0 : y - 1) * width;
    const below = (y === rows - 1 ? y : y + 1) * width;
    for (let x = 0; x < width; x++) {
      const value = 0.75 * across[here + x]!;
      out[2 * y * width + x] = value + 0.25 * across[above + x]!;
      out[(2 * y + 1) * width + x] = value + 0.25 * across[below + x]!;
    }
  }
  return out;
}
