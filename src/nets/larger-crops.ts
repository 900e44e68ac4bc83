import { resizeSquare } from '../ops/image/resize-square.ts';
import type { Rgi } from './rgi.ts';

/**
 * The networks of a regional GAN inversion for crops `factor` times as large as they read and make: crops and label maps are
 * made smaller on the way in. The pictures that `generate` gives stay as large as they are made: [3,S/factor,S/factor].
 *
 * @param factor whole
 */
export function rgiOfLargerCrops(rgi: Rgi, factor: number): Rgi {
  return {
    ...rgi,
    async encode(crop, labels) {
      const size = Math.round(Math.sqrt(labels.length));
      return await rgi.encode(resizeSquare(crop, size, size / factor), everyLabel(labels, factor));
    },
    async generate(faces) {
      return await rgi.generate(
        faces.map(({ codes, labels }) => ({ codes, labels: everyLabel(labels, factor) })),
      );
    },
  };
}

/** Of each square of `factor` x `factor` labels the one in the middle: [S,S] -> [S/factor,S/factor]. */
function everyLabel(labels: Uint8Array, factor: number): Uint8Array {
  const size = Math.round(Math.sqrt(labels.length));
  const side = size / factor;
  const out = new Uint8Array(side * side);
  for (let y = 0, i = 0; y < side; y++) {
    let from = (y * factor + (factor >> 1)) * size + (factor >> 1);
    for (let x = 0; x < side; x++, from += factor) out[i++] = labels[from]!;
  }
  return out;
}
