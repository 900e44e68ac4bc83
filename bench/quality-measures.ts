/** Pictures here: interleaved RGB bytes [H,W,3]; masks and labels [H,W]. */
export type Picture = { readonly data: Uint8Array; readonly width: number; readonly height: number };

/** Summed squared error and number of values under a mask. */
export type ErrorSum = { squared: number; count: number };

/** Adds the squared error of two pictures where `mask` is not 0, in levels. */
export function addError(sum: ErrorSum, a: Uint8Array, b: Uint8Array, mask: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    for (let c = 0; c < 3; c++) {
      const d = a[i * 3 + c]! - b[i * 3 + c]!;
      sum.squared += d * d;
    }
    sum.count += 3;
  }
}

/** Peak signal to noise ratio in dB of 8-bit pictures; Infinity without error, NaN without pixels. */
export function psnr({ squared, count }: ErrorSum): number {
  return count === 0 ? NaN : 10 * Math.log10((255 * 255 * count) / squared);
}

/** BT.709 luma of an interleaved RGB picture. */
export function lumaOf(rgb: Uint8Array): Float32Array {
  const luma = new Float32Array(rgb.length / 3);
  for (let i = 0; i < luma.length; i++) {
    luma[i] = 0.2126 * rgb[i * 3]! + 0.7152 * rgb[i * 3 + 1]! + 0.0722 * rgb[i * 3 + 2]!;
  }
  return luma;
}

/**
 * Mean structural similarity of the lumas where `mask` is not 0: Wang et al. 2004 with a uniform 7x7 window
 * (as scikit-image by default, population covariance).
 */
export function ssim(a: Uint8Array, b: Uint8Array, mask: Uint8Array, width: number, height: number): number {
  const x = lumaOf(a);
  const y = lumaOf(b);
  const product = (p: Float32Array, q: Float32Array): Float32Array => p.map((v, i) => v * q[i]!);
  const mx = windowMean(x, width, height);
  const my = windowMean(y, width, height);
  const xx = windowMean(product(x, x), width, height);
  const yy = windowMean(product(y, y), width, height);
  const xy = windowMean(product(x, y), width, height);
  const c1 = (0.01 * 255) ** 2;
  const c2 = (0.03 * 255) ** 2;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    const vx = xx[i]! - mx[i]! ** 2;
    const vy = yy[i]! - my[i]! ** 2;
    const cov = xy[i]! - mx[i]! * my[i]!;
    sum +=
      ((2 * mx[i]! * my[i]! + c1) * (2 * cov + c2)) / ((mx[i]! ** 2 + my[i]! ** 2 + c1) * (vx + vy + c2));
    count += 1;
  }
  return count === 0 ? NaN : sum / count;
}

/** Mean over a 7x7 window, at the border over what is inside. */
function windowMean(image: Float32Array, w: number, h: number): Float32Array {
  const table = new Float64Array((w + 1) * (h + 1));
  for (let y = 0; y < h; y++) {
    let row = 0;
    for (let x = 0; x < w; x++) {
      row += image[y * w + x]!;
      table[(y + 1) * (w + 1) + x + 1] = table[y * (w + 1) + x + 1]! + row;
    }
  }
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    const [y0, y1] = [Math.max(0, y - 3), Math.min(h, y + 4)];
    for (let x = 0; x < w; x++) {
      const [x0, x1] = [Math.max(0, x - 3), Math.min(w, x + 4)];
      const sum =
        table[y1 * (w + 1) + x1]! -
        table[y0 * (w + 1) + x1]! -
        table[y1 * (w + 1) + x0]! +
        table[y0 * (w + 1) + x0]!;
      out[y * w + x] = sum / ((x1 - x0) * (y1 - y0));
    }
  }
  return out;
}

/**
 * Flicker: the mean absolute change of the error (result − truth) from frame to frame under a mask, in levels of
 * luma. What moves as it should cancels out.
 */
export function errorChange(
  before: { readonly result: Float32Array; readonly truth: Float32Array },
  now: { readonly result: Float32Array; readonly truth: Float32Array },
  mask: Uint8Array,
): { sum: number; truthSum: number; resultSum: number; count: number } {
  let [sum, truthSum, resultSum, count] = [0, 0, 0, 0];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    const dr = now.result[i]! - before.result[i]!;
    const dt = now.truth[i]! - before.truth[i]!;
    sum += Math.abs(dr - dt);
    resultSum += Math.abs(dr);
    truthSum += Math.abs(dt);
    count += 1;
  }
  return { sum, truthSum, resultSum, count };
}

/** Share of a mask's pixels that differ by more than `levels` in any channel. */
export function shareChanged(a: Uint8Array, b: Uint8Array, mask: Uint8Array, levels: number): ErrorSum {
  let changed = 0;
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    count += 1;
    for (let c = 0; c < 3; c++) {
      if (Math.abs(a[i * 3 + c]! - b[i * 3 + c]!) <= levels) continue;
      changed += 1;
      break;
    }
  }
  return { squared: changed, count };
}
