import type { ColorFacts, FrameLayout } from '../../core/frame.ts';
import { chromaScale, lumaScale } from './yuv-scale.ts';

/**
 * A whole frame as 8-bit RGB, with the stream's own matrix and range. Chroma is interpolated linearly; it lies
 * left-sited in 4:2:0 and 4:2:2, as everywhere in facet.
 *
 * Shapes: planes uint8 or uint16, any subsampling and size → [H,W,3] uint8, rounded and clamped.
 */
export function frameRgb(
  data: Uint8Array,
  layout: FrameLayout,
  color: ColorFacts,
  out = new Uint8ClampedArray(layout.width * layout.height * 3),
): Uint8ClampedArray {
  const { width, height, bitDepth } = layout;
  if (out.length !== width * height * 3) {
    throw new RangeError(`out is [${out.length}], expected [H,W,3] = [${height},${width},3]`);
  }
  const samples =
    layout.bytesPerSample === 2 ? new Uint16Array(data.buffer, data.byteOffset, layout.bytes / 2) : data;
  const { base, span, kr, kg, kb } = lumaScale(color, bitDepth);
  const { middle, span: chromaSpan } = chromaScale(color, bitDepth);
  const gain = 255 / span;
  const redFromCr = (2 * (1 - kr) * 255) / chromaSpan;
  const blueFromCb = (2 * (1 - kb) * 255) / chromaSpan;
  const greenFromCr = (-kr / kg) * redFromCr;
  const greenFromCb = (-kb / kg) * blueFromCb;
  const lumaStart = layout.planes[0].offset / layout.bytesPerSample;
  const cb = new Float32Array(width);
  const cr = new Float32Array(width);
  let o = 0;
  for (let y = 0; y < height; y++) {
    chromaRow(samples, layout, 1, y, cb);
    chromaRow(samples, layout, 2, y, cr);
    const row = lumaStart + y * width;
    for (let x = 0; x < width; x++) {
      const luma = (samples[row + x]! - base) * gain;
      const u = cb[x]! - middle;
      const v = cr[x]! - middle;
      // Clamped arrays round by themselves.
      out[o] = luma + redFromCr * v;
      out[o + 1] = luma + greenFromCr * v + greenFromCb * u;
      out[o + 2] = luma + blueFromCb * u;
      o += 3;
    }
  }
  return out;
}

/** One row of a chroma plane at the luma's sample places, [W]. */
function chromaRow(
  samples: Uint8Array | Uint16Array,
  layout: FrameLayout,
  plane: 1 | 2,
  y: number,
  out: Float32Array,
): void {
  const { offset, width: cw, height: ch } = layout.planes[plane];
  const start = offset / layout.bytesPerSample;
  const last = cw - 1;
  // Rows of 4:2:0 lie between two rows of luma.
  const cy = layout.chromaShiftY === 1 ? (y - 0.5) / 2 : y;
  const top = Math.floor(cy);
  const near = cy - top;
  const a = start + Math.max(0, top) * cw;
  const b = start + Math.min(ch - 1, top + 1) * cw;
  const w = layout.width;
  if (layout.chromaShiftX === 0) {
    for (let x = 0; x < w; x++) out[x] = samples[a + x]! * (1 - near) + samples[b + x]! * near;
    return;
  }
  let here = samples[a]! * (1 - near) + samples[b]! * near;
  for (let cx = 0; cx <= last; cx++) {
    const at = Math.min(last, cx + 1);
    const next = samples[a + at]! * (1 - near) + samples[b + at]! * near;
    out[2 * cx] = here;
    if (2 * cx + 1 < w) out[2 * cx + 1] = (here + next) / 2;
    here = next;
  }
}
