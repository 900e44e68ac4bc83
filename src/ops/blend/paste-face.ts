import type { ColorFacts, FrameLayout } from '../../core/frame.ts';
import type { Transform } from '../../core/geometry.ts';
import { compose } from '../geometry/transform.ts';
import { smallBlur } from './blur.ts';
import { partUnder, type CropPart } from './crop-part.ts';

/** What is pasted: two pictures of the same part of a crop and where they differ. */
export type Paste = {
  /** Planes of the frame, written in place where the mask says so. */
  readonly data: Uint8Array;
  readonly layout: FrameLayout;
  readonly color: ColorFacts;
  readonly cropFromFrame: Transform;
  readonly frameFromCrop: Transform;
  /** The part of the crop that is pasted, W columns and H rows; rows may go on below the crop. */
  readonly part: CropPart;
  /** [3,H,W] RGB 0…1: the crop as it was cut out of the frame. */
  readonly before: Float32Array;
  /** [3,H,W] RGB 0…1: the crop as it shall look; equal to `before` where the mask is 0. */
  readonly after: Float32Array;
  /** [H,W] 0…1: how much of each pixel is new. */
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
  const { data, layout, part, mask, detailLoss, cropFromFrame } = paste;
  const { width: size, height: rows } = part;
  const box = partUnder(mask, size, rows);
  if (!box) return;
  const scale = scaleOf(cropFromFrame);
  const peak = (1 << layout.bitDepth) - 1;
  const samples = layout.bytesPerSample === 2 ? wide(data) : data;
  const yuv = toYuv(paste, peak);
  const limits = frameBox(box, part, paste.frameFromCrop, layout.width, layout.height);
  let soft = mask;
  let softCover = 0;
  for (let plane = 0; plane < 3; plane++) {
    const { offset, width, height } = layout.planes[plane]!;
    const sx = plane === 0 ? 1 : 1 << layout.chromaShiftX;
    const sy = plane === 0 ? 1 : 1 << layout.chromaShiftY;
    // A sample of this plane covers scale·s crop pixels: what is finer than that must go before it is read.
    const cover = scale * Math.sqrt(sx * sy);
    if (cover !== softCover) soft = prefilter(mask, size, rows, cover);
    softCover = cover;
    const was = prefilter(yuv.before[plane]!, size, rows, cover);
    const delta = prefilter(yuv.change[plane]!, size, rows, cover);
    const cropFromPlane = compose(
      Float64Array.of(1, 0, -part.left - 0.5, 0, 1, -part.top - 0.5, 0, 0, 1),
      compose(cropFromFrame, Float64Array.of(sx, 0, 0.5, 0, sy, 0.5 * sy, 0, 0, 1)),
    );
    const first = Math.max(0, Math.floor(limits.left / sx) - 1);
    const end = Math.min(width, Math.ceil(limits.right / sx) + 1);
    const y1 = Math.min(height, Math.ceil(limits.bottom / sy) + 1);
    for (let row = Math.max(0, Math.floor(limits.top / sy) - 1); row < y1; row++) {
      const at = offset / layout.bytesPerSample + row * width;
      pasteRow(samples, at, row, first, end, cropFromPlane, size, rows, soft, was, delta, detailLoss, peak);
    }
  }
}

/**
 * Pastes into one row of a plane: samples `first` to before `end` of the one that begins at `start`. Arrays and numbers only:
 * what loops over pixels must not meet objects that come and go, or V8 compiles it again and again.
 */
function pasteRow(
  samples: Uint8Array | Uint16Array,
  start: number,
  row: number,
  first: number,
  end: number,
  m: Transform,
  size: number,
  rows: number,
  soft: Float32Array,
  was: Float32Array,
  delta: Float32Array,
  detailLoss: number,
  peak: number,
): void {
  const [m0, m3, m6] = [m[0]!, m[3]!, m[6]!];
  const uRow = m[1]! * row + m[2]!;
  const vRow = m[4]! * row + m[5]!;
  const wRow = m[7]! * row + m[8]!;
  for (let x = first; x < end; x++) {
    const w = 1 / (m6 * x + wRow);
    const u = (m0 * x + uRow) * w;
    const v = (m3 * x + vRow) * w;
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
    const old = samples[start + x]!;
    const next = Math.round(old + d - detailLoss * a * (old - b));
    samples[start + x] = next < 0 ? 0 : next > peak ? peak : next;
  }
}

/** Views the planes as 16-bit samples. */
function wide(data: Uint8Array): Uint16Array {
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
}

/** The frame's pixels that a box of a part of the crop can reach. */
function frameBox(
  box: CropPart,
  part: CropPart,
  m: Transform,
  width: number,
  height: number,
): { left: number; top: number; right: number; bottom: number } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const [x0, x1] = [part.left + box.left - 2, part.left + box.left + box.width + 2];
  const [y0, y1] = [part.top + box.top - 2, part.top + box.top + box.height + 2];
  for (const [x, y] of [
    [x0, y0],
    [x1, y0],
    [x0, y1],
    [x1, y1],
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
  const unit = (peak + 1) / 256;
  const lumaSpan = color.range === 'full' ? peak : 219 * unit;
  const lumaBase = color.range === 'full' ? 0 : 16 * unit;
  const chromaSpan = color.range === 'full' ? peak : 224 * unit;
  const change = difference(after, before);
  const planesOf = (rgb: Float32Array, base: number, middle: number): Float32Array[] => {
    const planes = [new Float32Array(area), new Float32Array(area), new Float32Array(area)] as const;
    fillYuv(rgb, area, ...planes, kr, kb, lumaSpan, chromaSpan, base, middle);
    return [...planes];
  };
  return { before: planesOf(before, lumaBase, 128 * unit), change: planesOf(change, 0, 0) };
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! - b[i]!;
  return out;
}

/** RGB [3,…] as luma and the two chroma planes, in levels. */
function fillYuv(
  rgb: Float32Array,
  area: number,
  y: Float32Array,
  u: Float32Array,
  v: Float32Array,
  kr: number,
  kb: number,
  lumaSpan: number,
  chromaSpan: number,
  base: number,
  middle: number,
): void {
  const kg = 1 - kr - kb;
  const ub = chromaSpan / (2 * (1 - kb));
  const vr = chromaSpan / (2 * (1 - kr));
  for (let i = 0; i < area; i++) {
    const r = rgb[i]!;
    const b = rgb[2 * area + i]!;
    const luma = kr * r + kg * rgb[area + i]! + kb * b;
    y[i] = base + lumaSpan * luma;
    u[i] = middle + ub * (b - luma);
    v[i] = middle + vr * (r - luma);
  }
}

/** How many small blurs it takes until nothing is finer than `cover` crop pixels. */
function passesFor(cover: number): number {
  return cover <= 1.05 ? 0 : Math.ceil((cover * cover - 1) / 12 / (2 / 3));
}

/** Crop pixels a frame's pixel. */
function scaleOf(m: Transform): number {
  return Math.sqrt(Math.abs(m[0]! * m[4]! - m[1]! * m[3]!));
}

/** How far a part must go on beyond its mask, in crop pixels, to be pasted as the whole crop would be. */
export function pasteMargin(cropFromFrame: Transform, { chromaShiftX, chromaShiftY }: FrameLayout): number {
  return 2 * passesFor(scaleOf(cropFromFrame) * Math.sqrt((1 << chromaShiftX) * (1 << chromaShiftY))) + 2;
}

/**
 * Removes what is finer than `cover` crop pixels, as the mean over a sample's footprint would: by its variance,
 * (cover² − 1) / 12 per axis, in as many small blurs as it takes.
 */
function prefilter(image: Float32Array, size: number, rows: number, cover: number): Float32Array {
  const passes = passesFor(cover);
  if (passes === 0) return image;
  const variance = (cover * cover - 1) / 12;
  let out = image;
  for (let pass = 0; pass < passes; pass++) out = smallBlur(out, size, rows, variance / passes / 2);
  return out;
}
