import { pyramidDown, pyramidUp, type Plane } from './pyramid-e4s.ts';

const levels = 10;

/**
 * Blends two 8-bit pictures under a mask as the published code does: ten levels, Gaussian pyramids rounded to 8 bits
 * from level to level, truncated at the end. facet itself uses `multiBand`. Source: E4S b.8; fixture
 * blend_multiband (2 levels).
 *
 * Shapes: a, b [S,S,3] interleaved, mask [S,S] 0…1 (1 = a) -> [S,S,3]. S divisible by 512.
 */
export function multiBandE4s(a: Uint8Array, b: Uint8Array, mask: Float32Array, size: number): Uint8Array {
  if (size % 2 ** (levels - 1) !== 0)
    throw new RangeError(`size ${size} is not divisible by ${2 ** (levels - 1)}`);
  const area = size * size;
  const masks = gaussians({ values: mask, size }, false);
  const out = new Uint8Array(area * 3);
  for (let c = 0; c < 3; c++) {
    const channel = (image: Uint8Array): Plane => ({
      values: Float32Array.from({ length: area }, (_, i) => image[i * 3 + c]!),
      size,
    });
    const first = gaussians(channel(a), true);
    const second = gaussians(channel(b), true);
    let sum: Plane | undefined;
    for (let level = levels - 1; level >= 0; level--) {
      const weight = masks[level]!.values;
      const detailA = laplacian(first, level);
      const detailB = laplacian(second, level);
      const values = sum ? pyramidUp(sum).values : new Float32Array(weight.length);
      for (let i = 0; i < values.length; i++) {
        values[i]! += detailA[i]! * weight[i]! + detailB[i]! * (1 - weight[i]!);
      }
      sum = { values, size: masks[level]!.size };
    }
    for (let i = 0; i < area; i++) out[i * 3 + c] = Math.min(255, Math.max(0, sum!.values[i]!));
  }
  return out;
}

function gaussians(plane: Plane, isRounded: boolean): Plane[] {
  const out = [plane];
  for (let level = 1; level < levels; level++) out.push(pyramidDown(out[level - 1]!, isRounded));
  return out;
}

function laplacian(pyramid: readonly Plane[], level: number): Float32Array {
  const { values } = pyramid[level]!;
  const next = pyramid[level + 1];
  if (!next) return values;
  const coarse = pyramidUp(next).values;
  return values.map((value, i) => value - coarse[i]!);
}
