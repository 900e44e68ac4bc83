/** One channel of a square picture. */
export type Plane = { readonly values: Float32Array; readonly size: number };

const reflected = (at: number, size: number): number => {
  if (size === 1) return 0;
  const i = at < 0 ? -at : at;
  return i >= size ? 2 * size - 2 - i : i;
};

/** Halves a plane after [1,4,6,4,1]/16 on both axes, mirrored without repeating the border (OpenCV's pyrDown). */
export function pyramidDown({ values, size }: Plane, isRounded: boolean): Plane {
  const half = (size + 1) >> 1;
  const across = new Float32Array(size * half);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < half; x++) {
      const at = (k: number): number => values[y * size + reflected(2 * x + k, size)]!;
      across[y * half + x] = at(-2) + 4 * at(-1) + 6 * at(0) + 4 * at(1) + at(2);
    }
  }
  const out = new Float32Array(half * half);
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const at = (k: number): number => across[reflected(2 * y + k, size) * half + x]!;
      const value = (at(-2) + 4 * at(-1) + 6 * at(0) + 4 * at(1) + at(2)) / 256;
      out[y * half + x] = isRounded ? Math.floor(value + 0.5) : value;
    }
  }
  return { values: out, size: half };
}

/** Doubles a plane: zeros between, then [1,4,6,4,1]/8 on both axes (OpenCV's pyrUp); the border's own mirroring. */
export function pyramidUp({ values, size }: Plane): Plane {
  const double = 2 * size;
  const across = new Float32Array(size * double);
  for (let y = 0; y < size; y++) {
    const row = y * size;
    for (let x = 0; x < size; x++) {
      const here = values[row + x]!;
      const left = values[row + reflected(x - 1, size)]!;
      // At the end OpenCV repeats the last sample.
      const right = values[row + Math.min(size - 1, x + 1)]!;
      across[y * double + 2 * x] = (left + 6 * here + right) / 8;
      across[y * double + 2 * x + 1] = (here + right) / 2;
    }
  }
  const out = new Float32Array(double * double);
  for (let y = 0; y < size; y++) {
    const above = reflected(y - 1, size) * double;
    const below = Math.min(size - 1, y + 1) * double;
    for (let x = 0; x < double; x++) {
      const here = across[y * double + x]!;
      out[2 * y * double + x] = (across[above + x]! + 6 * here + across[below + x]!) / 8;
      out[(2 * y + 1) * double + x] = (here + across[below + x]!) / 2;
    }
  }
  return { values: out, size: double };
}
