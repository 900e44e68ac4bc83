const radius = 7;
const threshold = 0.6;

/**
 * Softens a mask inwards as the journal version's image pipeline does: a cone of 15 x 15, what reaches the threshold
 * is whole, the rest is scaled to its own maximum (nothing left: zeros, where the published code divides by it).
 * Source: E4S d.4; fixture soft_erosion.
 *
 * Shapes: mask [S,S] 0…1 -> [S,S]; outside counts as 0.
 */
export function softErosionE4s(mask: Float32Array, size: number): Float32Array {
  const side = 2 * radius + 1;
  const kernel = new Float64Array(side * side);
  const furthest = radius * Math.SQRT2;
  for (let k = 0; k < kernel.length; k++) {
    kernel[k] = furthest - Math.hypot((k % side) - radius, Math.floor(k / side) - radius);
  }
  const sum = kernel.reduce((total, w) => total + w, 0);
  const out = new Float32Array(mask.length);
  for (let dy = -radius; dy <= radius; dy++) {
    for (let dx = -radius; dx <= radius; dx++) {
      const weight = kernel[(dy + radius) * side + dx + radius]! / sum;
      for (let y = Math.max(0, -dy); y < Math.min(size, size - dy); y++) {
        const from = (y + dy) * size + dx;
        for (let x = Math.max(0, -dx); x < Math.min(size, size - dx); x++) {
          out[y * size + x]! += weight * mask[from + x]!;
        }
      }
    }
  }
  let most = 0;
  for (const value of out) if (value < threshold && value > most) most = value;
  for (let i = 0; i < out.length; i++) out[i] = out[i]! >= threshold ? 1 : most > 0 ? out[i]! / most : 0;
  return out;
}
