import { describe, expect, it } from 'vitest';
import { frameLayout, pixelFormats, type ColorFacts, type PixelFormat } from '../../../src/core/frame.ts';
import type { Transform } from '../../../src/core/geometry.ts';
import { compose, scaleAt } from '../../../src/ops/geometry/transform.ts';
import { warpPlanes, type Planes } from '../../../src/ops/image/warp-planes.ts';
import { cutCrop, paintFrame, similarity } from '../blend/crop.ts';
import { warpPlanesReference } from './warp-planes.reference.ts';

const limited709: ColorFacts = { matrix: 'bt709', range: 'limited' };

/** Random levels, the same every time. */
function noisePlanes(format: PixelFormat, width: number, height: number, color = limited709): Planes {
  const layout = frameLayout(format, width, height);
  const data = new Uint8Array(layout.bytes);
  let state = width * 7919 + height;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  if (layout.bitDepth === 10) {
    new Uint16Array(data.buffer).forEach((_, i, samples) => {
      samples[i] = next() * 1024;
    });
  } else data.forEach((_, i) => (data[i] = next() * 256));
  return { data, layout, color };
}

function most(a: Float32Array, b: Float32Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
}

/** A flat picture of one colour. */
function flat(format: PixelFormat, color: ColorFacts, levels: readonly [number, number, number]): Planes {
  const layout = frameLayout(format, 9, 7);
  const data = new Uint8Array(layout.bytes);
  const samples = layout.bitDepth === 10 ? new Uint16Array(data.buffer) : data;
  layout.planes.forEach(({ offset, width, height }, p) => {
    const start = offset / layout.bytesPerSample;
    samples.fill(levels[p]!, start, start + width * height);
  });
  return { data, layout, color };
}

describe('warpPlanes', () => {
  it.each(pixelFormats)(
    'equals the obvious version on noise in %s, larger and smaller, inside and over the edge',
    (format) => {
      for (const [width, height] of [
        [64, 48],
        [61, 37],
      ] as const) {
        const planes = noisePlanes(format, width, height);
        for (const side of [9, 24, 40, 70, 150, 300]) {
          for (const [x, y, degrees] of [
            [30, 20, 13],
            [2, 35, 200],
          ] as const) {
            const { frameFromCrop } = similarity(24, side, x, y, degrees);
            const crop = warpPlanes(planes, frameFromCrop, 24, 20);
            // Sums in another order, in float32: a few units in the last place of values up to 2.
            expect(most(crop, warpPlanesReference(planes, frameFromCrop, 24, 20))).toBeLessThan(5e-6);
          }
        }
      }
    },
  );

  it('equals the obvious version through a perspective', () => {
    const planes = noisePlanes('yuv420p', 80, 60);
    const m = Float64Array.of(1.5, 0.2, 4, -0.1, 1.3, 6, 0.004, -0.003, 1);
    expect(most(warpPlanes(planes, m, 32, 30), warpPlanesReference(planes, m, 32, 30))).toBeLessThan(5e-6);
  });

  it('reads chroma where pasteFace writes it', () => {
    for (const format of ['yuv420p', 'yuv422p', 'yuv444p'] as const) {
      const { data, layout } = paintFrame(format, 160, 120);
      const { frameFromCrop } = similarity(64, 60, 81, 59, 17);
      const crop = warpPlanes({ data, layout, color: limited709 }, frameFromCrop, 64, 64);
      expect(most(crop, cutCrop(data, layout, frameFromCrop, 64))).toBeLessThan(1e-5);
    }
  });

  it.each([
    ['bt709', 'limited', [81.5, 90, 240]],
    ['bt601', 'limited', [81.48, 90.2, 240]],
    ['bt601', 'full', [76.2, 84.97, 255.5]],
    ['bt2020', 'full', [67, 92.4, 255.5]],
  ] as const)('gives pure red for its levels in %s %s', (matrix, range, levels) => {
    const [kr, kb] = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020: [0.2627, 0.0593] }[matrix] as [
      number,
      number,
    ];
    const isFull = range === 'full';
    const exact: [number, number, number] = [
      isFull ? 1023 * kr : 64 + 876 * kr,
      512 + (isFull ? 1023 : 896) * (-kr / (2 * (1 - kb))),
      512 + (isFull ? 1023 : 896) * 0.5,
    ];
    expect(Math.abs(exact[2] / 4 - levels[2])).toBeLessThan(1);
    const planes = flat('yuv444p10le', { matrix, range }, [
      Math.round(exact[0]),
      Math.round(exact[1]),
      Math.min(1023, Math.round(exact[2])),
    ]);
    const crop = warpPlanes(planes, Float64Array.of(1, 0, 2, 0, 1, 2, 0, 0, 1), 1, 1);
    // One level of 10 bits in chroma is 0.002 in a colour.
    expect(Math.abs(crop[0]! - 1)).toBeLessThan(0.003);
    expect(Math.abs(crop[1]!)).toBeLessThan(0.003);
    expect(Math.abs(crop[2]!)).toBeLessThan(0.003);
  });

  it('gives a ramp back exactly: half a pixel is half a step', () => {
    const layout = frameLayout('yuv444p', 16, 4);
    const data = new Uint8Array(layout.bytes).fill(128);
    for (let i = 0; i < 64; i++) data[i] = 10 * (i % 16);
    const planes: Planes = { data, layout, color: { matrix: 'bt709', range: 'full' } };
    const crop = warpPlanes(planes, Float64Array.of(1, 0, 3.25, 0, 1, 0, 0, 0, 1), 4, 4);
    expect(Array.from(crop.subarray(0, 4), (v) => v * 255)).toEqual(
      [32.5, 42.5, 52.5, 62.5].map((v) => expect.closeTo(v, 4) as number),
    );
  });

  it('takes the mean where it shrinks: a chequerboard turns grey', () => {
    const layout = frameLayout('yuv444p', 120, 120);
    const data = new Uint8Array(layout.bytes).fill(128);
    for (let i = 0; i < 120 * 120; i++) data[i] = (i + Math.floor(i / 120)) % 2 === 0 ? 0 : 255;
    const planes: Planes = { data, layout, color: { matrix: 'bt709', range: 'full' } };
    for (const side of [80, 96, 100]) {
      const { frameFromCrop } = similarity(16, side, 60.3, 59.8, 21);
      for (const value of warpPlanes(planes, frameFromCrop, 16, 16)) expect(value).toBeCloseTo(0.5, 1);
    }
  });

  it('keeps levels that no RGB display shows', () => {
    const planes = flat('yuv444p', limited709, [235, 255, 255]);
    const crop = warpPlanes(planes, Float64Array.of(1, 0, 2, 0, 1, 2, 0, 0, 1), 1, 1);
    expect(crop[0]).toBeGreaterThan(1.5);
  });

  it('repeats the edge outside, however far', () => {
    const planes = noisePlanes('yuv420p', 33, 17);
    const { frameFromCrop } = similarity(8, 8, 900, 900, 0);
    const far = warpPlanes(planes, frameFromCrop, 8, 8);
    const corner = warpPlanes(planes, Float64Array.of(0, 0, 33, 0, 0, 17, 0, 0, 1), 8, 8);
    expect(most(far, corner)).toBeLessThan(1e-6);
  });

  it('reads frames of one pixel', () => {
    for (const format of pixelFormats) {
      const planes = noisePlanes(format, 1, 1);
      const crop = warpPlanes(planes, similarity(4, 9, 0, 0, 45).frameFromCrop, 4, 4);
      expect(new Set(crop.subarray(0, 16)).size).toBe(1);
    }
  });

  it('writes into the array it is given, and refuses one of another size', () => {
    const planes = noisePlanes('yuv420p', 20, 20);
    const m: Transform = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    const out = new Float32Array(3 * 8 * 4);
    expect(warpPlanes(planes, m, 8, 4, out)).toBe(out);
    expect(() => warpPlanes(planes, m, 8, 8, out)).toThrow('out is [96], expected [3,H,W] = [3,8,8]');
  });
});

describe('scaleAt', () => {
  it('is the length ratio of a similarity and the local one of a perspective', () => {
    const { frameFromCrop } = similarity(256, 640, 10, 20, 33);
    expect(scaleAt(frameFromCrop, 5, 7)).toBeCloseTo(2.5, 10);
    const m = compose(Float64Array.of(1, 0, 0, 0, 1, 0, 0.01, 0, 1), frameFromCrop);
    const at = (x: number, y: number): [number, number] => {
      const w = m[6]! * x + m[7]! * y + m[8]!;
      return [(m[0]! * x + m[1]! * y + m[2]!) / w, (m[3]! * x + m[4]! * y + m[5]!) / w];
    };
    const [o, a, b] = [at(100, 100), at(100.001, 100), at(100, 100.001)];
    const area = (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
    expect(scaleAt(m, 100, 100)).toBeCloseTo(Math.sqrt(area) / 0.001, 4);
  });
});
