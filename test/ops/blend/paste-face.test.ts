import { describe, expect, it } from 'vitest';
import type { PixelFormat } from '../../../src/core/frame.ts';
import { pasteFace } from '../../../src/ops/blend/paste-face.ts';
import { cutCrop, paintFrame, similarity } from './crop.ts';

const size = 256;
const color = { matrix: 'bt709', range: 'limited' } as const;

/** A round mask with a soft edge. */
function roundMask(): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => {
    const r = Math.hypot((i % size) + 0.5 - size / 2, Math.floor(i / size) + 0.5 - size / 2);
    return Math.min(1, Math.max(0, (110 - r) / 8));
  });
}

/** Pastes `change` of a crop back and says how the frame differs, in 8-bit levels. */
function pasteBack(
  format: PixelFormat,
  side: number,
  change: (crop: Float32Array) => Float32Array,
  at = { x: 321, y: 178, degrees: 11 },
  mask = roundMask(),
): { inside: number; outside: number; most: number; written: number; signed: number } {
  const { data, layout } = paintFrame(format, 640, 360);
  const before = Uint8Array.from(data);
  const { frameFromCrop, cropFromFrame } = similarity(size, side, at.x, at.y, at.degrees);
  const crop = cutCrop(data, layout, frameFromCrop, size);
  pasteFace({
    data,
    layout,
    color,
    frameFromCrop,
    cropFromFrame,
    part: { left: 0, top: 0, width: size, height: size },
    before: crop,
    after: change(crop),
    mask,
    detailLoss: 1,
  });
  const unit = layout.bitDepth === 10 ? 4 : 1;
  const [a, b] = unit === 4 ? [new Uint16Array(before.buffer), new Uint16Array(data.buffer)] : [before, data];
  let [inside, outside, most, written, signed, count] = [0, 0, 0, 0, 0, 0];
  layout.planes.forEach((plane, p) => {
    const sx = p === 0 ? 1 : 1 << layout.chromaShiftX;
    const sy = p === 0 ? 1 : 1 << layout.chromaShiftY;
    for (let row = 0; row < plane.height; row++) {
      for (let column = 0; column < plane.width; column++) {
        const i = plane.offset / layout.bytesPerSample + row * plane.width + column;
        const difference = (b[i]! - a[i]!) / unit;
        const x = column * sx + 0.5;
        const y = (row + 0.5) * sy;
        const m = cropFromFrame;
        const u = m[0]! * x + m[1]! * y + m[2]!;
        const v = m[3]! * x + m[4]! * y + m[5]!;
        // The mask's own pixels and the reach of bilinear reading and antialiasing around them.
        const reach = 110 + 4 * (size / side) * Math.max(sx, sy) + 2;
        if (Math.hypot(u - size / 2, v - size / 2) > reach) outside = Math.max(outside, Math.abs(difference));
        else {
          inside += Math.abs(difference);
          signed += difference;
          count += 1;
        }
        most = Math.max(most, Math.abs(difference));
        if (difference !== 0) written += 1;
      }
    }
  });
  return { inside: inside / count, outside, most, written, signed: signed / count };
}

describe('pasteFace', () => {
  it.each(['yuv420p', 'yuv422p', 'yuv444p', 'yuv420p10le', 'yuv444p10le'] as const)(
    'changes %s by at most 1 level mean inside and nothing outside when the crop is not changed',
    (format) => {
      for (const side of [120, 190, 256, 340]) {
        const { inside, outside, signed } = pasteBack(format, side, (crop) => crop);
        expect(inside).toBeLessThanOrEqual(1);
        expect(Math.abs(signed)).toBeLessThan(0.1);
        expect(outside).toBe(0);
      }
    },
  );
  it('puts a flat change where it belongs, at full strength', () => {
    const { data, layout } = paintFrame('yuv420p', 640, 360);
    const before = Uint8Array.from(data);
    const { frameFromCrop, cropFromFrame } = similarity(size, 200, 320, 180, 0);
    const crop = cutCrop(data, layout, frameFromCrop, size);
    const mask = new Float32Array(size * size).fill(1);
    const after = crop.map((v) => v + 20 / 219);
    pasteFace({
      data,
      layout,
      color,
      frameFromCrop,
      cropFromFrame,
      part: { left: 0, top: 0, width: size, height: size },
      before: crop,
      after,
      mask,
      detailLoss: 0,
    });
    // Grey light changes luma only: 20 levels there, none in the chroma planes.
    expect(data[180 * 640 + 320]! - before[180 * 640 + 320]!).toBe(20);
    expect(data[100 * 640 + 240]! - before[100 * 640 + 240]!).toBe(20);
    const chroma = layout.planes[1];
    expect(data.subarray(chroma.offset)).toEqual(before.subarray(chroma.offset));
  });
  it('does not shift: a change pasted over a turned crop is centred where the crop is', () => {
    const { data, layout } = paintFrame('yuv444p', 640, 360);
    const before = Uint8Array.from(data);
    const { frameFromCrop, cropFromFrame } = similarity(size, 150, 301.5, 170.5, 33);
    const crop = cutCrop(data, layout, frameFromCrop, size);
    const bump = (i: number): number =>
      Math.exp(-(((i % size) + 0.5 - 128) ** 2 + (Math.floor(i / size) + 0.5 - 128) ** 2) / 800);
    const after = crop.map((v, i) => v + 0.2 * bump(i % (size * size)));
    const mask = new Float32Array(size * size).fill(1);
    pasteFace({
      data,
      layout,
      color,
      frameFromCrop,
      cropFromFrame,
      part: { left: 0, top: 0, width: size, height: size },
      before: crop,
      after,
      mask,
      detailLoss: 0,
    });
    let [sum, sx, sy] = [0, 0, 0];
    for (let y = 0; y < 360; y++) {
      for (let x = 0; x < 640; x++) {
        const d = data[y * 640 + x]! - before[y * 640 + x]!;
        sum += d;
        sx += d * (x + 0.5);
        sy += d * (y + 0.5);
      }
    }
    expect(sum).toBeGreaterThan(1000);
    // Rounding to whole levels moves the centroid of a 30-pixel bump by a few hundredths.
    expect(Math.abs(sx / sum - 301.5)).toBeLessThan(0.1);
    expect(Math.abs(sy / sum - 170.5)).toBeLessThan(0.1);
  });
  it('writes nothing for an empty mask', () => {
    const empty = new Float32Array(size * size);
    const result = pasteBack('yuv420p', 200, (crop) => crop.map(() => 1), undefined, empty);
    expect(result.written).toBe(0);
  });
  it('keeps legal 10-bit values and clips instead of wrapping', () => {
    const { data, layout } = paintFrame('yuv420p10le', 64, 64);
    const { frameFromCrop, cropFromFrame } = similarity(size, 60, 32, 32, 0);
    const crop = cutCrop(data, layout, frameFromCrop, size);
    const mask = new Float32Array(size * size).fill(1);
    pasteFace({
      data,
      layout,
      color,
      frameFromCrop,
      cropFromFrame,
      part: { left: 0, top: 0, width: size, height: size },
      before: crop,
      after: crop.map(() => 9),
      mask,
      detailLoss: 1,
    });
    expect(Math.max(...new Uint16Array(data.buffer))).toBe(1023);
  });
  it('pastes a face that hangs over the edge of the frame, and one outside it', () => {
    expect(pasteBack('yuv420p', 200, (crop) => crop, { x: 5, y: 350, degrees: 40 }).inside).toBeLessThan(1);
    expect(
      pasteBack('yuv420p', 200, (crop) => crop.map(() => 1), { x: -900, y: 0, degrees: 0 }).written,
    ).toBe(0);
  });
});
