import type { ColorFacts, FrameLayout } from '../../core/frame.ts';
import type { Transform } from '../../core/geometry.ts';
import { compose, scaleAt } from '../geometry/transform.ts';
import { chromaScale, lumaScale } from './yuv-scale.ts';

/** A frame's planes as they are read. */
export type Planes = {
  readonly data: Uint8Array;
  readonly layout: FrameLayout;
  readonly color: ColorFacts;
};

/**
 * Warps the planes of a frame into a crop, bilinear, with the mean over a crop pixel's footprint where the crop is
 * coarser than the frame (each plane by its own scale).
 *
 * Shapes: planes uint8 or uint16, any subsampling and size -> [3,H,W] float32, RGB, nominally 0…1. Not clamped:
 * colours outside RGB's cube go through, so that the way back is exact.
 * Space: `frameFromCrop` maps crop to frame pixels, centres at .5; chroma lies left-sited in 4:2:0 and 4:2:2, as
 * `pasteFace` has it. Outside the frame: edge clamp.
 *
 * @param width W of the crop
 * @param height H of the crop
 */
export function warpPlanes(
  { data, layout, color }: Planes,
  frameFromCrop: Transform,
  width: number,
  height: number,
  out = new Float32Array(3 * width * height),
): Float32Array {
  const area = width * height;
  if (out.length !== 3 * area) {
    throw new RangeError(`out is [${out.length}], expected [3,H,W] = [3,${height},${width}]`);
  }
  const samples =
    layout.bytesPerSample === 2 ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
  const scale = scaleAt(frameFromCrop, width / 2, height / 2);
  for (let p = 0; p < 3; p++) {
    const plane = layout.planes[p]!;
    const sx = p === 0 ? 1 : 1 << layout.chromaShiftX;
    const sy = p === 0 ? 1 : 1 << layout.chromaShiftY;
    const cover = scale / Math.sqrt(sx * sy);
    const halvings = cover < 4 ? 0 : Math.floor(Math.log2(cover / 2));
    const step = 2 ** halvings;
    const taps = Math.max(1, Math.ceil(cover / step - 0.05));
    // Index of a sample, whole at its centre, from a place in the frame; halving puts a centre between two.
    const ox = 0.5 + (sx * (step - 1)) / 2;
    const oy = (sy * step) / 2;
    const planeFromFrame = Float64Array.of(
      ...[1 / (sx * step), 0, -ox / (sx * step)],
      ...[0, 1 / (sy * step), -oy / (sy * step)],
      ...[0, 0, 1],
    );
    const planeFromCrop = compose(planeFromFrame, frameFromCrop);
    const source: Source = {
      samples,
      start: plane.offset / layout.bytesPerSample,
      width: plane.width,
      height: plane.height,
    };
    const part = readPart(source, halvings, reach(planeFromCrop, width, height));
    samplePart(part, planeFromCrop, width, height, taps, out, p * area);
  }
  toRgb(out, area, layout, color);
  return out;
}

/** One plane in the frame's buffer. */
type Source = {
  readonly samples: Uint8Array | Uint16Array;
  readonly start: number;
  readonly width: number;
  readonly height: number;
};

/** A piece of a plane, perhaps at half size or less, in floats; `left` and `top` are its first sample's indices. */
type Part = {
  readonly values: Float32Array;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};

type Reach = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

/** The samples that a crop can touch: its corners' places with a margin for the bilinear neighbours. */
function reach(m: Transform, width: number, height: number): Reach {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let corner = 0; corner < 4; corner++) {
    const x = corner & 1 ? width : 0;
    const y = corner & 2 ? height : 0;
    const w = m[6]! * x + m[7]! * y + m[8]!;
    const u = (m[0]! * x + m[1]! * y + m[2]!) / w;
    const v = (m[3]! * x + m[4]! * y + m[5]!) / w;
    left = Math.min(left, u);
    right = Math.max(right, u);
    top = Math.min(top, v);
    bottom = Math.max(bottom, v);
  }
  return {
    left: Math.floor(left) - 1,
    top: Math.floor(top) - 1,
    right: Math.ceil(right) + 1,
    bottom: Math.ceil(bottom) + 1,
  };
}

/** Copies what is needed of a plane into floats, halved by 2x2 means as often as told (odd edges repeat). */
function readPart(source: Source, halvings: number, wanted: Reach): Part {
  const step = 2 ** halvings;
  const fullWidth = Math.ceil(source.width / step);
  const fullHeight = Math.ceil(source.height / step);
  const left = clamp(wanted.left, 0, fullWidth - 1);
  const top = clamp(wanted.top, 0, fullHeight - 1);
  const width = clamp(wanted.right, left, fullWidth - 1) - left + 1;
  const height = clamp(wanted.bottom, top, fullHeight - 1) - top + 1;
  let part = copyPart(source, left * step, top * step, width * step, height * step);
  for (let i = 0; i < halvings; i++) part = halve(part);
  return { ...part, left, top };
}

function copyPart(
  { samples, start, ...plane }: Source,
  left: number,
  top: number,
  w: number,
  h: number,
): Part {
  const width = Math.min(w, plane.width - left);
  const height = Math.min(h, plane.height - top);
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = start + (top + y) * plane.width + left;
    values.set(samples.subarray(from, from + width), y * width);
  }
  return { values, left, top, width, height };
}

function halve({ values, left, top, width: w, height: h }: Part): Part {
  const width = (w + 1) >> 1;
  const height = (h + 1) >> 1;
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const first = 2 * y * w;
    const second = 2 * y + 1 < h ? first + w : first;
    for (let x = 0; x < width; x++) {
      const a = 2 * x;
      const b = a + 1 < w ? a + 1 : a;
      out[y * width + x] =
        0.25 * (values[first + a]! + values[first + b]! + values[second + a]! + values[second + b]!);
    }
  }
  return { values: out, left, top, width, height };
}

/** Reads a plane at every crop pixel: the mean of taps x taps bilinear readings spread evenly over the pixel. */
function samplePart(
  { values, left, top, width: w, height: h }: Part,
  m: Transform,
  width: number,
  height: number,
  taps: number,
  out: Float32Array,
  at: number,
): void {
  const [m0, m1, m2, m3, m4, m5] = [m[0]!, m[1]!, m[2]!, m[3]!, m[4]!, m[5]!];
  const [m6, m7, m8] = [m[6]!, m[7]!, m[8]!];
  const isAffine = m6 === 0 && m7 === 0;
  const right = w - 1;
  const bottom = h - 1;
  const lastX = right > 0 ? right - 1 : 0;
  const lastY = bottom > 0 ? bottom - 1 : 0;
  const dx = right > 0 ? 1 : 0;
  const dy = bottom > 0 ? w : 0;
  const spacing = 1 / taps;
  const gain = spacing * spacing;
  let i = at;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let j = 0; j < taps; j++) {
        const y = row + (j + 0.5) * spacing;
        for (let k = 0; k < taps; k++) {
          const x = column + (k + 0.5) * spacing;
          const scale = isAffine ? 1 / m8 : 1 / (m6 * x + m7 * y + m8);
          let u = (m0 * x + m1 * y + m2) * scale - left;
          let v = (m3 * x + m4 * y + m5) * scale - top;
          u = u < 0 ? 0 : u > right ? right : u;
          v = v < 0 ? 0 : v > bottom ? bottom : v;
          let u0 = u | 0;
          let v0 = v | 0;
          if (u0 > lastX) u0 = lastX;
          if (v0 > lastY) v0 = lastY;
          const n = v0 * w + u0;
          const upper = values[n]! + (u - u0) * (values[n + dx]! - values[n]!);
          const lower = values[n + dy]! + (u - u0) * (values[n + dy + dx]! - values[n + dy]!);
          sum += upper + (v - v0) * (lower - upper);
        }
      }
      out[i++] = sum * gain;
    }
  }
}

/** Turns three planes of levels into RGB 0…1, in place. */
function toRgb(out: Float32Array, area: number, layout: FrameLayout, color: ColorFacts): void {
  const luma = lumaScale(color, layout.bitDepth);
  const chroma = chromaScale(color, layout.bitDepth);
  const { kr, kg, kb } = luma;
  const redFromV = (2 * (1 - kr)) / chroma.span;
  const blueFromU = (2 * (1 - kb)) / chroma.span;
  const greenFromV = (-kr / kg) * redFromV;
  const greenFromU = (-kb / kg) * blueFromU;
  for (let i = 0; i < area; i++) {
    const y = (out[i]! - luma.base) / luma.span;
    const u = out[area + i]! - chroma.middle;
    const v = out[2 * area + i]! - chroma.middle;
    out[i] = y + redFromV * v;
    out[area + i] = y + greenFromU * u + greenFromV * v;
    out[2 * area + i] = y + blueFromU * u;
  }
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
