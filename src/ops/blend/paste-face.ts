import type { ColorFacts, FrameLayout } from '../../core/frame.ts';
import type { Transform } from '../../core/geometry.ts';
import { smallBlur } from './blur.ts';

/** What is pasted: two pictures of the same crop and where they differ. */
export type Paste = {
  /** Planes of the frame, written in place where the mask says so. */
  readonly data: Uint8Array;
  readonly layout: FrameLayout;
  readonly color: ColorFacts;
  readonly cropFromFrame: Transform;
  readonly frameFromCrop: Transform;
  readonly size: number;
  /** Rows H of the crop; S when left out. More go on below it. */
  readonly height?: number;
  /** [3,H,S] RGB 0…1: the crop as it was cut out of the frame. */
  readonly before: Float32Array;
  /** [3,H,S] RGB 0…1: the crop as it shall look; equal to `before` where the mask is 0. */
  readonly after: Float32Array;
  /** [H,S] 0…1: how much of each pixel is new. */
  readonly mask: Float32Array;
  /**
   * How much of the frame's own fine detail (what the crop's resolution does not hold) goes with the old face:
   * 1 = all of it (plain pasting), 0 = none (only the difference of the two crops is added).
   */
  readonly detailLoss: number;
};

/**
 * Pastes a changed crop back into the frame's own YUV planes, through the inverse warp, with antialiasing where
 * the crop is finer than the frame. Only pixels under the mask are written: everything else stays as decoded,
 * bit by bit. Chroma is sampled where its samples lie (left-sited in 4:2:0 and 4:2:2).
 *
 * new = old + (after − before) − detailLoss · mask · (old − before), each read at the pixel's place in the crop.
 */
export function pasteFace(paste: Paste): void {
  const { data, layout, size, height: rows = size, mask, detailLoss } = paste;
  const box = maskBox(mask, size, rows);
  if (!box) return;
  const m = paste.cropFromFrame;
  const scale = Math.sqrt(Math.abs(m[0]! * m[4]! - m[1]! * m[3]!));
  const peak = (1 << layout.bitDepth) - 1;
  const samples = layout.bytesPerSample === 2 ? wide(data) : data;
  const yuv = toYuv(paste, peak);
  const limits = frameBox(box, paste.frameFromCrop, layout.width, layout.height);
  let soft = mask;
  let softCover = 0;
  for (let plane = 0; plane < 3; plane++) {
    const { offset, width, height } = layout.planes[plane]!;
    const sx = plane === 0 ? 1 : 1 << layout.chromaShiftX;
    const sy = plane === 0 ? 1 : 1 << layout.chromaShiftY;
    const before = yuv.before[plane]!;
    const change = yuv.change[plane]!;
    // A sample of this plane covers scale·s crop pixels: what is finer than that must go before it is read.
    const cover = scale * Math.sqrt(sx * sy);
    if (cover !== softCover) soft = prefilter(mask, size, rows, cover);
    softCover = cover;
    const was = prefilter(before, size, rows, cover);
    const delta = prefilter(change, size, rows, cover);
    const start = offset / layout.bytesPerSample;
    const x0 = Math.max(0, Math.floor(limits.left / sx) - 1);
    const x1 = Math.min(width, Math.ceil(limits.right / sx) + 1);
    const y0 = Math.max(0, Math.floor(limits.top / sy) - 1);
    const y1 = Math.min(height, Math.ceil(limits.bottom / sy) + 1);
    for (let row = y0; row < y1; row++) {
      const fy = row * sy + 0.5 * sy;
      for (let column = x0; column < x1; column++) {
        const fx = column * sx + 0.5;
        const w = m[6]! * fx + m[7]! * fy + m[8]!;
        const u = (m[0]! * fx + m[1]! * fy + m[2]!) / w - 0.5;
        const v = (m[3]! * fx + m[4]! * fy + m[5]!) / w - 0.5;
        if (u < 0 || v < 0 || u >= size - 1 || v >= rows - 1) continue;
        const cu = u | 0;
        const cv = v | 0;
        const i = cv * size + cu;
        const du = u - cu;
        const dv = v - cv;
        const w11 = du * dv;
        const w10 = du - w11;
        const w01 = dv - w11;
        const w00 = 1 - du - w01;
        const a = w00 * soft[i]! + w10 * soft[i + 1]! + w01 * soft[i + size]! + w11 * soft[i + size + 1]!;
        if (a <= 0) continue;
        const d = w00 * delta[i]! + w10 * delta[i + 1]! + w01 * delta[i + size]! + w11 * delta[i + size + 1]!;
        const b = w00 * was[i]! + w10 * was[i + 1]! + w01 * was[i + size]! + w11 * was[i + size + 1]!;
        const at = start + row * width + column;
        const old = samples[at]!;
        const next = Math.round(old + d - detailLoss * a * (old - b));
        samples[at] = next < 0 ? 0 : next > peak ? peak : next;
      }
    }
  }
}

/** Views the planes as 16-bit samples. */
function wide(data: Uint8Array): Uint16Array {
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
}

/** Where the mask is above 0, in crop pixels; undefined when nowhere. */
function maskBox(
  mask: Float32Array,
  size: number,
  rows: number,
): { left: number; top: number; right: number; bottom: number } | undefined {
  let [left, top, right, bottom] = [size, rows, -1, -1];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < size; x++) {
      if (mask[y * size + x]! <= 0) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  return right < 0 ? undefined : { left, top, right: right + 1, bottom: bottom + 1 };
}

/** The frame's pixels that a box of the crop can reach. */
function frameBox(
  box: { left: number; top: number; right: number; bottom: number },
  m: Transform,
  width: number,
  height: number,
): { left: number; top: number; right: number; bottom: number } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of [
    [box.left - 2, box.top - 2],
    [box.right + 2, box.top - 2],
    [box.left - 2, box.bottom + 2],
    [box.right + 2, box.bottom + 2],
  ] as const) {
    const w = m[6]! * x + m[7]! * y + m[8]!;
    const fx = (m[0]! * x + m[1]! * y + m[2]!) / w;
    const fy = (m[3]! * x + m[4]! * y + m[5]!) / w;
    left = Math.min(left, fx);
    right = Math.max(right, fx);
    top = Math.min(top, fy);
    bottom = Math.max(bottom, fy);
  }
  return {
    left: Math.max(0, Math.floor(left)),
    top: Math.max(0, Math.floor(top)),
    right: Math.min(width, Math.ceil(right)),
    bottom: Math.min(height, Math.ceil(bottom)),
  };
}

const lumaWeights = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020: [0.2627, 0.0593] } as const;

/** The crop before, and its change, as planes in the frame's own levels. */
function toYuv(
  { before, after, mask, color }: Paste,
  peak: number,
): { before: Float32Array[]; change: Float32Array[] } {
  const area = mask.length;
  const [kr, kb] = lumaWeights[color.matrix];
  const kg = 1 - kr - kb;
  const unit = (peak + 1) / 256;
  const lumaSpan = color.range === 'full' ? peak : 219 * unit;
  const lumaBase = color.range === 'full' ? 0 : 16 * unit;
  const chromaSpan = color.range === 'full' ? peak : 224 * unit;
  const middle = 128 * unit;
  const was = [0, 1, 2].map(() => new Float32Array(area));
  const change = [0, 1, 2].map(() => new Float32Array(area));
  const [wy, wu, wv] = was as [Float32Array, Float32Array, Float32Array];
  const [cy, cu, cv] = change as [Float32Array, Float32Array, Float32Array];
  const ub = chromaSpan / (2 * (1 - kb));
  const vr = chromaSpan / (2 * (1 - kr));
  for (let i = 0; i < area; i++) {
    const r = before[i]!;
    const g = before[area + i]!;
    const b = before[2 * area + i]!;
    const luma = kr * r + kg * g + kb * b;
    wy[i] = lumaBase + lumaSpan * luma;
    wu[i] = middle + ub * (b - luma);
    wv[i] = middle + vr * (r - luma);
    const dr = after[i]! - r;
    const dg = after[area + i]! - g;
    const db = after[2 * area + i]! - b;
    const dl = kr * dr + kg * dg + kb * db;
    cy[i] = lumaSpan * dl;
    cu[i] = ub * (db - dl);
    cv[i] = vr * (dr - dl);
  }
  return { before: was, change };
}

/**
 * Removes what is finer than `cover` crop pixels, as the mean over a sample's footprint would: by its variance,
 * (cover² − 1) / 12 per axis, in as many small blurs as it takes.
 */
function prefilter(image: Float32Array, size: number, rows: number, cover: number): Float32Array {
  if (cover <= 1.05) return image;
  const variance = (cover * cover - 1) / 12;
  const passes = Math.ceil(variance / (2 / 3));
  let out = image;
  for (let pass = 0; pass < passes; pass++) out = smallBlur(out, size, rows, variance / passes / 2);
  return out;
}
