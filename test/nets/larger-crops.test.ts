import { describe, expect, it } from 'vitest';
import { rgiOfLargerCrops } from '../../src/nets/larger-crops.ts';
import type { FaceCodes, Rgi } from '../../src/nets/rgi.ts';

describe('networks of larger crops', () => {
  const seen: { crop?: Float32Array; labels?: Uint8Array; faces?: readonly FaceCodes[] } = {};
  const made = [new Float32Array(3 * 2 * 2)];
  const small: Rgi = {
    parts: [4],
    encode: (crop, labels) => {
      Object.assign(seen, { crop, labels });
      return Promise.resolve({ vectors: new Float32Array(48), counts: new Int32Array(12) });
    },
    map: () => Promise.resolve(new Float32Array(12)),
    generate: (faces) => {
      seen.faces = faces;
      return Promise.resolve(made);
    },
  };
  const large = rgiOfLargerCrops(small, 2);
  const labels = Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4]);

  it('read the mean of every square of pixels and the label in its middle', async () => {
    const crop = Float32Array.from({ length: 3 * 16 }, (_, i) => i % 4);
    await large.encode(crop, labels);
    expect([...seen.crop!.subarray(0, 4)]).toEqual([0.5, 2.5, 0.5, 2.5]);
    expect([...seen.labels!]).toEqual([1, 2, 3, 4]);
  });

  it('give pictures as they make them, and leave what they are given alone', async () => {
    const codes = new Float32Array(12).fill(7);
    expect(await large.generate([{ codes, labels }])).toBe(made);
    expect([...seen.faces![0]!.labels]).toEqual([1, 2, 3, 4]);
    expect(seen.faces![0]!.codes).toBe(codes);
    expect(labels[5]).toBe(1);
  });
});
