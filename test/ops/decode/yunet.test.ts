import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/core/tensor.ts';
import { decodeDetections } from '../../../src/ops/decode/yunet.ts';

/** Outputs for a picture of 64x32 with one face: row 1, column 2 of the grid of stride 16. */
function outputs(names: readonly string[]): Record<string, Tensor> {
  const all: Record<string, Tensor> = {};
  for (const stride of [8, 16, 32]) {
    const n = (64 / stride) * (32 / stride);
    const put = (name: string, parts: number, values: readonly number[]): void => {
      const data = new Float32Array(n * parts);
      if (stride === 16) data.set(values, (1 * 4 + 2) * parts);
      all[`${name}_${stride}`] = { data, dims: [1, n, parts] };
    };
    for (const name of names) put(name, 1, [name === 'obj' ? 0.25 : 0.81]);
    put('bbox', 4, [0.5, 0.25, Math.log(2), Math.log(3)]);
    put('kps', 10, [0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 1]);
  }
  return all;
}

describe('decodeDetections', () => {
  it('reads boxes and points in pixels of the picture', () => {
    const [face, ...more] = decodeDetections(outputs(['score']), { width: 64, height: 32 }, 'score', 0.5);
    expect(more).toEqual([]);
    expect(face!.score).toBeCloseTo(0.81);
    expect(face!.box.x).toBeCloseTo((2 + 0.5) * 16 - 16);
    expect(face!.box.y).toBeCloseTo((1 + 0.25) * 16 - 24);
    expect([face!.box.w, face!.box.h].map(Math.round)).toEqual([32, 48]);
    expect([...face!.fivePoints]).toEqual([32, 16, 48, 16, 40, 24, 32, 32, 48, 32]);
  });

  it('takes the geometric mean of class and objectness', () => {
    const all = outputs(['cls', 'obj']);
    const find = (least: number) =>
      decodeDetections(all, { width: 64, height: 32 }, 'class-objectness', least);
    expect(find(0.4)[0]!.score).toBeCloseTo(0.45);
    expect(find(0.46)).toEqual([]);
  });

  it('names the output that does not fit', () => {
    const size = { width: 64, height: 64 };
    expect(() => decodeDetections(outputs(['score']), size, 'score', 0.5)).toThrow(
      'score_8 has 32 values, expected [1,N,1] with N = 64',
    );
  });
});
