import type { ColorFacts, FrameLayout } from '../../core/frame.ts';

/** Five by seven pixels a letter, a row in five bits. */
const glyphs: Readonly<Record<string, readonly number[]>> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  C: [14, 17, 16, 16, 16, 17, 14],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  F: [31, 16, 16, 30, 16, 16, 16],
  I: [14, 4, 4, 4, 4, 4, 14],
  P: [30, 17, 17, 30, 16, 16, 16],
  S: [15, 16, 16, 14, 1, 1, 30],
  W: [17, 17, 17, 21, 21, 21, 10],
  ' ': [0, 0, 0, 0, 0, 0, 0],
};

const words = 'AI FACE SWAP';

/**
 * Draws the mark "AI FACE SWAP" into the bottom right corner of a frame's planes: light letters on a dark field,
 * about a fiftieth of the frame high. Smaller frames than the mark get the part that fits.
 */
export function drawLabel(data: Uint8Array, layout: FrameLayout, { range }: ColorFacts): void {
  const unit = layout.bitDepth === 10 ? 4 : 1;
  const [dark, light] = range === 'full' ? [20 * unit, 235 * unit] : [32 * unit, 218 * unit];
  const scale = Math.max(1, Math.round(layout.height / 400));
  const w = (words.length * 6 + 3) * scale;
  const h = 11 * scale;
  const left = Math.max(0, layout.width - w - 4 * scale) & ~1;
  const top = Math.max(0, layout.height - h - 4 * scale) & ~1;
  const samples =
    layout.bytesPerSample === 2 ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
  layout.planes.forEach((plane, p) => {
    const sx = p === 0 ? 0 : layout.chromaShiftX;
    const sy = p === 0 ? 0 : layout.chromaShiftY;
    const start = plane.offset / layout.bytesPerSample;
    const right = Math.min(plane.width, (left + w + sx) >> sx);
    const bottom = Math.min(plane.height, (top + h + sy) >> sy);
    for (let y = top >> sy; y < bottom; y++) {
      for (let x = left >> sx; x < right; x++) {
        const value = p > 0 ? 128 * unit : isInk(x - left, y - top, scale) ? light : dark;
        samples[start + y * plane.width + x] = value;
      }
    }
  });
}

function isInk(x: number, y: number, scale: number): boolean {
  const column = Math.floor(x / scale) - 2;
  const row = Math.floor(y / scale) - 2;
  if (column < 0 || row < 0 || row >= 7) return false;
  const within = column % 6;
  const glyph = glyphs[words[Math.floor(column / 6)] ?? ' '];
  return within < 5 && ((glyph?.[row] ?? 0) & (16 >> within)) !== 0;
}
