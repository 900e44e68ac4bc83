import { frameLayout, type ColorFacts, type FrameLayout, type PixelFormat } from '../../../src/core/frame.ts';
import type { Transform } from '../../../src/core/geometry.ts';

/** A similarity that maps a square crop of `size` to a frame square with side `side` around (cx, cy), turned. */
export function similarity(
  size: number,
  side: number,
  cx: number,
  cy: number,
  degrees: number,
): { frameFromCrop: Transform; cropFromFrame: Transform } {
  const s = side / size;
  const c = s * Math.cos((degrees * Math.PI) / 180);
  const d = s * Math.sin((degrees * Math.PI) / 180);
  const x = cx - (c * size) / 2 + (d * size) / 2;
  const y = cy - (d * size) / 2 - (c * size) / 2;
  const frameFromCrop = Float64Array.of(c, -d, x, d, c, y, 0, 0, 1);
  const n = c * c + d * d;
  const cropFromFrame = Float64Array.of(
    c / n,
    d / n,
    -(c * x + d * y) / n,
    -d / n,
    c / n,
    (d * x - c * y) / n,
    0,
    0,
    1,
  );
  return { frameFromCrop, cropFromFrame };
}

/** A frame of soft shapes with edges and a little texture, in legal levels: detail as pictures have it. */
export function paintFrame(
  format: PixelFormat,
  width: number,
  height: number,
): { data: Uint8Array; layout: FrameLayout } {
  const layout = frameLayout(format, width, height);
  const data = new Uint8Array(layout.bytes);
  const unit = layout.bitDepth === 10 ? 4 : 1;
  const samples = unit === 4 ? new Uint16Array(data.buffer) : data;
  layout.planes.forEach((plane, p) => {
    const sx = layout.width / plane.width;
    const sy = layout.height / plane.height;
    for (let row = 0; row < plane.height; row++) {
      for (let column = 0; column < plane.width; column++) {
        const x = column * sx;
        const y = row * sy;
        const wave = Math.sin(x / 17 + p) * Math.cos(y / 23) + 0.5 * Math.sin((x + y) / 5);
        const edge = Math.hypot(x - width / 2, y - height / 2) < height / 5 ? 1 : 0;
        const value = p === 0 ? 110 + 35 * wave + 30 * edge : 128 + 12 * wave + 8 * edge;
        samples[plane.offset / layout.bytesPerSample + row * plane.width + column] = Math.round(value * unit);
      }
    }
  });
  return { data, layout };
}

/** Cuts a crop out of YUV planes, bilinear, the slow obvious way: [3,S,S] RGB 0…1, limited range, BT.709. */
export function cutCrop(
  data: Uint8Array,
  layout: FrameLayout,
  frameFromCrop: Transform,
  size: number,
  color: ColorFacts = { matrix: 'bt709', range: 'limited' },
): Float32Array {
  const peak = (1 << layout.bitDepth) - 1;
  const unit = (peak + 1) / 256;
  const samples = layout.bytesPerSample === 2 ? new Uint16Array(data.buffer, data.byteOffset) : data;
  const read = (p: number, x: number, y: number): number => {
    const plane = layout.planes[p]!;
    const sx = p === 0 ? 1 : 1 << layout.chromaShiftX;
    const sy = p === 0 ? 1 : 1 << layout.chromaShiftY;
    const u = Math.min(plane.width - 1, Math.max(0, (x - 0.5) / sx));
    const v = Math.min(plane.height - 1, Math.max(0, (y - 0.5 * sy) / sy));
    const [u0, v0] = [Math.floor(u), Math.floor(v)];
    const [u1, v1] = [Math.min(plane.width - 1, u0 + 1), Math.min(plane.height - 1, v0 + 1)];
    const at = (a: number, b: number): number =>
      samples[plane.offset / layout.bytesPerSample + b * plane.width + a]!;
    const top = at(u0, v0) + (u - u0) * (at(u1, v0) - at(u0, v0));
    const bottom = at(u0, v1) + (u - u0) * (at(u1, v1) - at(u0, v1));
    return top + (v - v0) * (bottom - top);
  };
  const [kr, kb] = color.matrix === 'bt709' ? [0.2126, 0.0722] : [0.299, 0.114];
  const isFull = color.range === 'full';
  const out = new Float32Array(3 * size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const m = frameFromCrop;
      const fx = m[0]! * (x + 0.5) + m[1]! * (y + 0.5) + m[2]!;
      const fy = m[3]! * (x + 0.5) + m[4]! * (y + 0.5) + m[5]!;
      const luma = (read(0, fx, fy) - (isFull ? 0 : 16 * unit)) / (isFull ? peak : 219 * unit);
      const cb = (read(1, fx, fy) - 128 * unit) / (isFull ? peak : 224 * unit);
      const cr = (read(2, fx, fy) - 128 * unit) / (isFull ? peak : 224 * unit);
      const r = luma + 2 * (1 - kr) * cr;
      const b = luma + 2 * (1 - kb) * cb;
      const i = y * size + x;
      out[i] = r;
      out[size * size + i] = (luma - kr * r - kb * b) / (1 - kr - kb);
      out[2 * size * size + i] = b;
    }
  }
  return out;
}
