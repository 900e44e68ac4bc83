import { regionCount } from '../../core/regions.ts';
import type { LabelPicture } from './label-picture.ts';

/**
 * Enlarges class probabilities to whole times their side, bilinear with half-pixel centres, edge clamp, and takes the
 * likeliest label of each pixel. Contours come out smooth, which those of an enlarged label map do not.
 *
 * Shapes: probabilities [12,N,N] -> [12,N·f,N·f] and labels [N·f,N·f], in shared memory.
 *
 * @param factor f, whole, 2 or more
 */
export function enlargeProbabilities(
  probabilities: Float32Array,
  side: number,
  factor: number,
): LabelPicture {
  const size = side * factor;
  const area = size * size;
  if (probabilities.length !== regionCount * side * side || !Number.isInteger(factor) || factor < 2) {
    throw new RangeError(
      `probabilities are [${probabilities.length}] to be enlarged by ${factor}, expected [12,${side},${side}]`,
    );
  }
  const out = new Float32Array(new SharedArrayBuffer(regionCount * area * 4));
  const labels = new Uint8Array(new SharedArrayBuffer(area));
  // Row by row, so that all regions of a row are near at hand when their likeliest is taken.
  const line = new Float32Array(side + 2);
  const best = new Float32Array(size);
  for (let y = 0; y < size; y++) {
    const at = (y + 0.5) / factor - 0.5;
    const above = Math.max(0, Math.floor(at));
    const below = Math.min(side - 1, Math.floor(at) + 1);
    const part = at - Math.floor(at);
    const row = y * size;
    best.fill(-1);
    for (let r = 0; r < regionCount; r++) {
      const a = (r * side + above) * side;
      const b = (r * side + below) * side;
      for (let x = 0; x < side; x++) {
        const p = probabilities[a + x]!;
        line[x + 1] = p + part * (probabilities[b + x]! - p);
      }
      // One more on either side: the edge goes on.
      line[0] = line[1]!;
      line[side + 1] = line[side]!;
      const to = r * area + row;
      // Every `factor`-th pixel lies as far between its two neighbours.
      for (let k = 0; k < factor; k++) {
        const from = (k + 0.5) / factor + 0.5;
        const share = from - Math.floor(from);
        for (let j = Math.floor(from), x = k; x < size; j++, x += factor) {
          const p = line[j]!;
          const value = Math.fround(p + share * (line[j + 1]! - p));
          out[to + x] = value;
          if (value > best[x]!) {
            best[x] = value;
            labels[row + x] = r;
          }
        }
      }
    }
  }
  return { probabilities: out, labels };
}
