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
  out: Float32Array = new Float32Array(3 * width * height),
): Float32Array {
  const area = width * height;
  if (out.length !== 3 * area) {
    throw new RangeError(`out is [${out.length}], expected [3,H,W] = [3,${height},${width}]`);
  }
  const samples =
    layout.bytesPerSample === 2 ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
  const scale = scaleAt(frameFromCrop, width / 2, height / 2);
  // Memory of one kind: V8's loops get slow where they meet shared memory now and private memory then.
  const levels = new Float32Array(3 * area);
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
    samplePart(part, planeFromCrop, width, height, taps, levels, p * area);
  }
  toRgb(levels, out, area, layout, color);
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
  const read = halvings > 0 ? copyHalved : copyPart;
  let part = read(source, left * step, top * step, width * step, height * step);
  for (let i = 1; i < halvings; i++) part = halve(part);
  const { values } = part;
  return { values, left, top, width: part.width, height: part.height };
}

function copyPart(plane: Source, left: number, top: number, w: number, h: number): Part {
  const { samples, start } = plane;
  const width = Math.min(w, plane.width - left);
  const height = Math.min(h, plane.height - top);
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = start + (top + y) * plane.width + left;
    values.set(samples.subarray(from, from + width), y * width);
  }
  return { values, left, top, width, height };
}

/** As `copyPart`, halved on the way. */
function copyHalved(plane: Source, left: number, top: number, w: number, h: number): Part {
  const { samples, start } = plane;
  const width = (Math.min(w, plane.width - left) + 1) >> 1;
  const height = (Math.min(h, plane.height - top) + 1) >> 1;
  const values = new Float32Array(width * height);
  // Only the plane's last column, when its width is odd, has no right neighbour.
  const whole = left + 2 * width > plane.width ? width - 1 : width;
  for (let y = 0; y < height; y++) {
    const first = start + (top + 2 * y) * plane.width + left;
    const second = top + 2 * y + 1 < plane.height ? first + plane.width : first;
    const row = y * width;
    for (let x = 0; x < whole; x++) {
      const a = first + 2 * x;
      const b = second + 2 * x;
      values[row + x] = 0.25 * (samples[a]! + samples[a + 1]! + samples[b]! + samples[b + 1]!);
    }
    if (whole < width)
      values[row + whole] = 0.5 * (samples[first + 2 * whole]! + samples[second + 2 * whole]!);
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
  part: Part,
  planeFromCrop: Transform,
  width: number,
  height: number,
  taps: number,
  out: Float32Array,
  at: number,
): void {
  // Counted from the part's first sample.
  const m = compose(Float64Array.of(1, 0, -part.left, 0, 1, -part.top, 0, 0, 1), planeFromCrop);
  const isAffine = m[6] === 0 && m[7] === 0 && m[8] === 1;
  const du = m[0]!;
  const dv = m[3]!;
  const right = part.width - 1;
  const bottom = part.height - 1;
  out.fill(0, at, at + width * height);
  for (let row = 0; row < height; row++) {
    for (let tap = 0; tap < taps * taps; tap++) {
      const x = ((tap % taps) + 0.5) / taps;
      const y = row + (Math.floor(tap / taps) + 0.5) / taps;
      const u = du * x + m[1]! * y + m[2]!;
      const v = dv * x + m[4]! * y + m[5]!;
      const i = at + row * width;
      const [from, to] = isAffine ? insideSpan(u, du, right, v, dv, bottom, width) : [0, 0];
      if (from > 0) addClamped(part, m, x, y, out, i, i + from);
      addInside(part.values, part.width, u + from * du, v + from * dv, du, dv, out, i + from, i + to);
      if (to < width) addClamped(part, m, x + to, y, out, i + to, i + width);
    }
  }
  if (taps > 1) {
    const gain = 1 / (taps * taps);
    for (let i = at; i < at + width * height; i++) out[i]! *= gain;
  }
}

/** Which readings of a row need no clamp: from the first to before the second; both 0 when none. */
function insideSpan(
  u: number,
  du: number,
  right: number,
  v: number,
  dv: number,
  bottom: number,
  width: number,
): [number, number] {
  let [low, high] = [0, width - 1];
  for (let axis = 0; axis < 2; axis++) {
    const start = axis === 0 ? u : v;
    const step = axis === 0 ? du : dv;
    const end = axis === 0 ? right : bottom;
    if (Math.abs(step) < 1e-9) {
      if (start < 0 || start + step * width >= end || start + step * width < 0 || start >= end) return [0, 0];
      continue;
    }
    const a = -start / step;
    const b = (end - start) / step;
    // Strictly inside, so that no sum of steps gets over the edge.
    low = Math.max(low, Math.ceil(Math.min(a, b) + 1e-6));
    high = Math.min(high, Math.floor(Math.max(a, b) - 1e-6));
  }
  return high < low ? [0, 0] : [low, high + 1];
}

/** Adds a row of readings that lie on a line and need no clamp: nearly all of them, and nearly all of the time. */
function addInside(
  values: Float32Array,
  w: number,
  uStart: number,
  vStart: number,
  du: number,
  dv: number,
  out: Float32Array,
  start: number,
  end: number,
): void {
  let u = uStart;
  let v = vStart;
  for (let i = start; i < end; i++) {
    const u0 = u | 0;
    const v0 = v | 0;
    const n = v0 * w + u0;
    const fu = u - u0;
    const a = values[n]!;
    const c = values[n + w]!;
    const upper = a + fu * (values[n + 1]! - a);
    const lower = c + fu * (values[n + w + 1]! - c);
    out[i]! += upper + (v - v0) * (lower - upper);
    u += du;
    v += dv;
  }
}

/** Adds a row of readings at (x, y), (x + 1, y), …, through any projective transform; outside the plane: edge clamp. */
function addClamped(
  { values, width: w, height: h }: Part,
  m: Transform,
  xStart: number,
  y: number,
  out: Float32Array,
  start: number,
  end: number,
): void {
  const right = w - 1;
  const bottom = h - 1;
  const dx = right > 0 ? 1 : 0;
  const dy = bottom > 0 ? w : 0;
  for (let i = start, x = xStart; i < end; i++, x++) {
    const scale = 1 / (m[6]! * x + m[7]! * y + m[8]!);
    const u = clamp((m[0]! * x + m[1]! * y + m[2]!) * scale, 0, right);
    const v = clamp((m[3]! * x + m[4]! * y + m[5]!) * scale, 0, bottom);
    const u0 = Math.min(u | 0, Math.max(0, right - 1));
    const v0 = Math.min(v | 0, Math.max(0, bottom - 1));
    const n = v0 * w + u0;
    const upper = values[n]! + (u - u0) * (values[n + dx]! - values[n]!);
    const lower = values[n + dy]! + (u - u0) * (values[n + dy + dx]! - values[n + dy]!);
    out[i]! += upper + (v - v0) * (lower - upper);
  }
}

/** Turns three planes of levels into RGB 0…1. */
function toRgb(
  levels: Float32Array,
  out: Float32Array,
  area: number,
  layout: FrameLayout,
  color: ColorFacts,
): void {
  const luma = lumaScale(color, layout.bitDepth);
  const chroma = chromaScale(color, layout.bitDepth);
  const { kr, kg, kb } = luma;
  const redFromV = (2 * (1 - kr)) / chroma.span;
  const blueFromU = (2 * (1 - kb)) / chroma.span;
  const greenFromV = (-kr / kg) * redFromV;
  const greenFromU = (-kb / kg) * blueFromU;
  for (let i = 0; i < area; i++) {
    const y = (levels[i]! - luma.base) / luma.span;
    const u = levels[area + i]! - chroma.middle;
    const v = levels[2 * area + i]! - chroma.middle;
    out[i] = y + redFromV * v;
    out[area + i] = y + greenFromU * u + greenFromV * v;
    out[2 * area + i] = y + blueFromU * u;
  }
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
