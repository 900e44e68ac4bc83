import type { RgbImage } from './crop-quad-e4s.ts';

/** Reduces a picture with a Lanczos window of three lobes, antialiased, rounded to 8 bits after each axis as Pillow. */
export function reduceLanczos(
  { data, width, height }: RgbImage,
  newWidth: number,
  newHeight: number,
): RgbImage {
  const across = resample(data, width, height, newWidth, 3, width * 3, newWidth * 3);
  const down = resample(across, height, newWidth, newHeight, newWidth * 3, 3, 3);
  return { data: down, width: newWidth, height: newHeight };
}

/** Resamples along one axis: `lines` lines of `size` samples, `step` apart within a line. */
function resample(
  data: Uint8Array,
  size: number,
  lines: number,
  newSize: number,
  step: number,
  lineStep: number,
  newLineStep: number,
): Uint8Array {
  const out = new Uint8Array(newSize * lines * 3);
  const scale = size / newSize;
  const reach = 3 * Math.max(1, scale);
  for (let i = 0; i < newSize; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const last = Math.min(size, Math.floor(centre + reach + 0.5));
    const weights: number[] = [];
    for (let k = first; k < last; k++) weights.push(lanczos((k + 0.5 - centre) / Math.max(1, scale)));
    const sum = weights.reduce((total, w) => total + w, 0);
    for (let line = 0; line < lines; line++) {
      for (let c = 0; c < 3; c++) {
        let value = 0;
        for (let k = 0; k < weights.length; k++) {
          value += (weights[k]! / sum) * data[line * lineStep + (first + k) * step + c]!;
        }
        out[line * newLineStep + i * step + c] = Math.min(255, Math.max(0, Math.floor(value + 0.5)));
      }
    }
  }
  return out;
}

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= 3) return 0;
  const a = Math.PI * x;
  return ((Math.sin(a) / a) * Math.sin(a / 3)) / (a / 3);
}
