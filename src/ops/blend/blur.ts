/**
 * Blurs by the mean over a (2r+1)² square, in place; at the border the mean of what is inside.
 *
 * Shapes: [H,W].
 */
export function boxBlur(image: Float32Array, w: number, h: number, radius: number): void {
  if (radius < 1) return;
  blurAcross(image, w, h, radius);
  blurDown(image, w, h, radius);
}

function blurAcross(image: Float32Array, w: number, h: number, r: number): void {
  const line = new Float32Array(w);
  for (let y = 0; y < h; y++) {
    const at = y * w;
    for (let x = 0; x < w; x++) line[x] = image[at + x]!;
    let sum = 0;
    let count = 0;
    for (let x = 0; x < Math.min(r, w); x++) {
      sum += line[x]!;
      count += 1;
    }
    for (let x = 0; x < w; x++) {
      if (x + r < w) {
        sum += line[x + r]!;
        count += 1;
      }
      if (x - r - 1 >= 0) {
        sum -= line[x - r - 1]!;
        count -= 1;
      }
      image[at + x] = sum / count;
    }
  }
}

/** The same down the columns, all columns of a row at once: memory is walked in order. */
function blurDown(image: Float32Array, w: number, h: number, r: number): void {
  const before = Float32Array.from(image);
  // Double precision: sums of a window that slides over many rows must not drift.
  const sums = new Float64Array(w);
  let count = 0;
  for (let y = 0; y < Math.min(r, h); y++) {
    for (let x = 0; x < w; x++) sums[x]! += before[y * w + x]!;
    count += 1;
  }
  for (let y = 0; y < h; y++) {
    const enters = (y + r) * w;
    const leaves = (y - r - 1) * w;
    if (y + r < h) {
      for (let x = 0; x < w; x++) sums[x]! += before[enters + x]!;
      count += 1;
    }
    if (leaves >= 0) {
      for (let x = 0; x < w; x++) sums[x]! -= before[leaves + x]!;
      count -= 1;
    }
    const scale = 1 / count;
    for (let x = 0; x < w; x++) image[y * w + x] = sums[x]! * scale;
  }
}

/**
 * Blurs with [a, 1 − 2a, a] on both axes, edge clamp: variance 2a per axis, for a up to 1/3.
 *
 * Shapes: [H,W] -> new [H,W].
 */
export function smallBlur(image: Float32Array, w: number, h: number, a: number): Float32Array {
  const across = new Float32Array(w * h);
  const middle = 1 - 2 * a;
  for (let y = 0; y < h; y++) {
    const at = y * w;
    across[at] = (1 - a) * image[at]! + a * image[at + Math.min(1, w - 1)]!;
    for (let x = 1; x < w - 1; x++) {
      across[at + x] = middle * image[at + x]! + a * (image[at + x - 1]! + image[at + x + 1]!);
    }
    const last = at + w - 1;
    if (w > 1) across[last] = (1 - a) * image[last]! + a * image[last - 1]!;
  }
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    const at = y * w;
    const above = y === 0 ? at : at - w;
    const below = y === h - 1 ? at : at + w;
    for (let x = 0; x < w; x++) {
      out[at + x] = middle * across[at + x]! + a * (across[above + x]! + across[below + x]!);
    }
  }
  return out;
}
