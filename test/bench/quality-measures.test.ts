import { describe, expect, it } from 'vitest';
import { addError, errorChange, psnr, shareChanged, ssim } from '../../bench/quality-measures.ts';

const grey = (value: number, count = 64 * 64): Uint8Array => new Uint8Array(count * 3).fill(value);
const all = new Uint8Array(64 * 64).fill(1);

describe('psnr', () => {
  it('is the textbook value for a constant error', () => {
    const sum = { squared: 0, count: 0 };
    addError(sum, grey(100), grey(110), all);
    expect(psnr(sum)).toBeCloseTo(20 * Math.log10(255 / 10), 6);
  });
  it('counts only what lies under the mask', () => {
    const sum = { squared: 0, count: 0 };
    const half = all.map((_, i) => i % 2);
    const other = grey(100);
    for (let i = 0; i < 64 * 64; i += 2) other[i * 3] = 0;
    addError(sum, grey(100), other, half);
    expect(sum).toEqual({ squared: 0, count: (64 * 64 * 3) / 2 });
  });
});

describe('ssim', () => {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (Math.floor(i / 3) * 7919) % 251);
  it('is 1 for the same picture and lower for a noisier one', () => {
    expect(ssim(noise, noise, all, 64, 64)).toBeCloseTo(1, 6);
    const near = noise.map((v) => Math.min(255, v + 20));
    const far = noise.map((v, i) => (v + ((i * 31) % 97)) % 256);
    expect(ssim(noise, near, all, 64, 64)).toBeLessThan(1);
    expect(ssim(noise, far, all, 64, 64)).toBeLessThan(ssim(noise, near, all, 64, 64));
  });
});

describe('errorChange', () => {
  it('is 0 for a constant error and counts what the result moves by itself', () => {
    const still = new Float32Array(16).fill(5);
    const moved = new Float32Array(16).fill(9);
    const mask = new Uint8Array(16).fill(1);
    const same = errorChange({ result: still, truth: still }, { result: moved, truth: moved }, mask);
    expect(same).toEqual({ sum: 0, truthSum: 64, resultSum: 64, count: 16 });
    expect(errorChange({ result: still, truth: still }, { result: moved, truth: still }, mask).sum).toBe(64);
  });
});

describe('shareChanged', () => {
  it('counts pixels, not channels', () => {
    const a = grey(10);
    const b = grey(10);
    b.set([40, 40, 40], 0);
    b.set([12, 10, 10], 3);
    expect(shareChanged(a, b, all, 8)).toEqual({ squared: 1, count: 64 * 64 });
  });
});
