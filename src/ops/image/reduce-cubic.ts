/** Antialiased bicubic reduction by two (a = -0.5), one half of the symmetric kernel. */
const taps = [-0.01171875, -0.03515625, 0.11328125, 0.43359375];

/**
 * Halves a picture as the published parser's input is made: eight taps a way, vertical first, border mirrored
 * without repeating its pixel, clamped to 0…1 at the end. Source: E4S b.2; fixture parser_preprocess.
 *
 * Shapes: image [C,S,S] 0…1 -> [C,S/2,S/2]; S even, at least 8.
 */
export function reduceCubic(image: Float32Array, size: number): Float32Array<ArrayBuffer> {
  const area = size * size;
  const channels = image.length / area;
  if (!Number.isInteger(channels) || size % 2 !== 0 || size < 8) {
    throw new RangeError(`image is [${image.length}], expected [C,S,S] with S = ${size} even and at least 8`);
  }
  const half = size / 2;
  const mirrored = (at: number): number => (at < 0 ? -at : at >= size ? 2 * size - 2 - at : at);
  const down = new Float32Array(half * size);
  const out = new Float32Array(channels * half * half);
  for (let c = 0; c < channels; c++) {
    down.fill(0);
    for (let y = 0; y < half; y++) {
      for (let t = 0; t < 8; t++) {
        const weight = taps[t < 4 ? t : 7 - t]!;
        const from = c * area + mirrored(2 * y - 3 + t) * size;
        for (let x = 0; x < size; x++) down[y * size + x]! += weight * image[from + x]!;
      }
    }
    for (let y = 0; y < half; y++) {
      const row = y * size;
      for (let x = 0; x < half; x++) {
        let sum = 0;
        if (x > 1 && x < half - 2) {
          const i = row + 2 * x;
          sum =
            taps[0]! * (down[i - 3]! + down[i + 4]!) +
            taps[1]! * (down[i - 2]! + down[i + 3]!) +
            taps[2]! * (down[i - 1]! + down[i + 2]!) +
            taps[3]! * (down[i]! + down[i + 1]!);
        } else {
          for (let t = 0; t < 8; t++) sum += taps[t < 4 ? t : 7 - t]! * down[row + mirrored(2 * x - 3 + t)]!;
        }
        out[(c * half + y) * half + x] = sum < 0 ? 0 : sum > 1 ? 1 : sum;
      }
    }
  }
  return out;
}
