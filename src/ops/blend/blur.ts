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
  const scales = Float64Array.from(
    { length: w },
    (_, x) => 1 / (Math.min(w, x + r + 1) - Math.max(0, x - r)),
  );
  // Two rows at once: neither sum waits for the other. Past either end of a row there is nothing.
  const upper = new Float32Array(w + 2 * r + 1);
  const lower = new Float32Array(w + 2 * r + 1);
  for (let y = 0; y < h; y += 2) {
    const at = y * w;
    const next = Math.min(h - 1, y + 1) * w;
    let [a, b] = [0, 0];
    for (let x = 0; x < w; x++) {
      upper[r + 1 + x] = image[at + x]!;
      lower[r + 1 + x] = image[next + x]!;
    }
    for (let x = r + 1; x < 2 * r + 1; x++) {
      a += upper[x]!;
      b += lower[x]!;
    }
    for (let x = 0; x < w; x++) {
      const enters = x + 2 * r + 1;
      a = a + upper[enters]! - upper[x]!;
      b = b + lower[enters]! - lower[x]!;
      const scale = scales[x]!;
      image[at + x] = a * scale;
      image[next + x] = b * scale;
    }
  }
}

/** The same down the columns, all columns of a row at once: memory is walked in order. */
function blurDown(image: Float32Array, w: number, h: number, r: number): void {
  const before = image.slice();
  // Double precision: sums of a window that slides over many rows must not drift.
  const sums = new Float64Array(w);
  for (let y = 0; y < Math.min(r, h); y++) {
    for (let x = 0; x < w; x++) sums[x]! += before[y * w + x]!;
  }
  for (let y = 0; y < h; y++) {
    const at = y * w;
    const enters = (y + r) * w;
    const leaves = (y - r - 1) * w;
    const scale = 1 / (Math.min(h, y + r + 1) - Math.max(0, y - r));
    if (y + r < h && leaves >= 0) {
      for (let x = 0; x < w; x++) {
        const sum = sums[x]! + before[enters + x]! - before[leaves + x]!;
        sums[x] = sum;
        image[at + x] = sum * scale;
      }
      continue;
    }
    if (y + r < h) for (let x = 0; x < w; x++) sums[x]! += before[enters + x]!;
    if (leaves >= 0) for (let x = 0; x < w; x++) sums[x]! -= before[leaves + x]!;
    for (let x = 0; x < w; x++) image[at + x] = sums[x]! * scale;
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
