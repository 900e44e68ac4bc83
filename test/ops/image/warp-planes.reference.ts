import type { Transform } from '../../../src/core/geometry.ts';
import { scaleAt } from '../../../src/ops/geometry/transform.ts';
import type { Planes } from '../../../src/ops/image/warp-planes.ts';

/** What `warpPlanes` does, one reading at a time: no plane is copied, no step is shared. */
export function warpPlanesReference(
  { data, layout, color }: Planes,
  m: Transform,
  width: number,
  height: number,
): Float32Array {
  const samples = layout.bytesPerSample === 2 ? new Uint16Array(data.buffer, data.byteOffset) : data;
  const peak = 2 ** layout.bitDepth - 1;
  const unit = 2 ** (layout.bitDepth - 8);
  const scale = scaleAt(m, width / 2, height / 2);

  /** A sample of a plane that was halved `level` times; means of four, odd edges repeat. */
  const sample = (p: number, level: number, x: number, y: number): number => {
    const plane = layout.planes[p]!;
    if (level === 0) return samples[plane.offset / layout.bytesPerSample + y * plane.width + x]!;
    const w = Math.ceil(plane.width / 2 ** (level - 1));
    const h = Math.ceil(plane.height / 2 ** (level - 1));
    const x1 = Math.min(w - 1, 2 * x + 1);
    const y1 = Math.min(h - 1, 2 * y + 1);
    return (
      (sample(p, level - 1, 2 * x, 2 * y) +
        sample(p, level - 1, x1, 2 * y) +
        sample(p, level - 1, 2 * x, y1) +
        sample(p, level - 1, x1, y1)) /
      4
    );
  };

  /** Bilinear at a place in the frame. */
  const read = (p: number, level: number, fx: number, fy: number): number => {
    const plane = layout.planes[p]!;
    const sx = p === 0 ? 1 : 2 ** layout.chromaShiftX;
    const sy = p === 0 ? 1 : 2 ** layout.chromaShiftY;
    const step = 2 ** level;
    const w = Math.ceil(plane.width / step);
    const h = Math.ceil(plane.height / step);
    // Sample c of the whole plane lies at c·sx + 0.5 across and (c + 0.5)·sy down.
    const c = (fx - 0.5) / sx;
    const r = fy / sy - 0.5;
    const u = Math.min(w - 1, Math.max(0, (c + 0.5) / step - 0.5));
    const v = Math.min(h - 1, Math.max(0, (r + 0.5) / step - 0.5));
    const [u0, v0] = [Math.floor(u), Math.floor(v)];
    const [u1, v1] = [Math.min(w - 1, u0 + 1), Math.min(h - 1, v0 + 1)];
    const upper = (1 - (u - u0)) * sample(p, level, u0, v0) + (u - u0) * sample(p, level, u1, v0);
    const lower = (1 - (u - u0)) * sample(p, level, u0, v1) + (u - u0) * sample(p, level, u1, v1);
    return (1 - (v - v0)) * upper + (v - v0) * lower;
  };

  /** Mean over a crop pixel. */
  const mean = (p: number, column: number, row: number): number => {
    const sx = p === 0 ? 1 : 2 ** layout.chromaShiftX;
    const sy = p === 0 ? 1 : 2 ** layout.chromaShiftY;
    const cover = scale / Math.sqrt(sx * sy);
    const level = cover < 4 ? 0 : Math.floor(Math.log2(cover / 2));
    const taps = Math.max(1, Math.ceil(cover / 2 ** level - 0.05));
    let sum = 0;
    for (let j = 0; j < taps; j++) {
      for (let k = 0; k < taps; k++) {
        const x = column + (k + 0.5) / taps;
        const y = row + (j + 0.5) / taps;
        const w = m[6]! * x + m[7]! * y + m[8]!;
        sum += read(p, level, (m[0]! * x + m[1]! * y + m[2]!) / w, (m[3]! * x + m[4]! * y + m[5]!) / w);
      }
    }
    return sum / taps ** 2;
  };

  const [kr, kb] = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020: [0.2627, 0.0593] }[
    color.matrix
  ] as [number, number];
  const isFull = color.range === 'full';
  const out = new Float32Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const y = (mean(0, column, row) - (isFull ? 0 : 16 * unit)) / (isFull ? peak : 219 * unit);
      const cb = (mean(1, column, row) - 128 * unit) / (isFull ? peak : 224 * unit);
      const cr = (mean(2, column, row) - 128 * unit) / (isFull ? peak : 224 * unit);
      const i = row * width + column;
      const r = y + 2 * (1 - kr) * cr;
      const b = y + 2 * (1 - kb) * cb;
      out[i] = r;
      out[width * height + i] = (y - kr * r - kb * b) / (1 - kr - kb);
      out[2 * width * height + i] = b;
    }
  }
  return out;
}
