import { describe, expect, it } from 'vitest';
import { frameLayout } from '../../../src/core/frame.ts';
import { drawLabel } from '../../../src/ops/blend/draw-label.ts';

const color = { matrix: 'bt709', range: 'limited' } as const;

describe('drawLabel', () => {
  it.each(['yuv420p', 'yuv422p', 'yuv444p', 'yuv420p10le'] as const)(
    'writes legible letters into the corner of %s and nothing elsewhere',
    (format) => {
      const layout = frameLayout(format, 321, 181);
      const data = new Uint8Array(layout.bytes).fill(77);
      drawLabel(data, layout, color);
      const samples = layout.bitDepth === 10 ? new Uint16Array(data.buffer) : data;
      const untouched = samples[0];
      const unit = layout.bitDepth === 10 ? 4 : 1;
      let [light, dark, top, left] = [0, 0, 1e9, 1e9];
      for (let y = 0; y < 181; y++) {
        for (let x = 0; x < 321; x++) {
          const value = samples[y * 321 + x];
          if (value === untouched) continue;
          if (value === 218 * unit) light += 1;
          if (value === 32 * unit) dark += 1;
          top = Math.min(top, y);
          left = Math.min(left, x);
        }
      }
      expect(light).toBeGreaterThan(100);
      expect(dark).toBeGreaterThan(light);
      expect(top).toBeGreaterThan(150);
      expect(left).toBeGreaterThan(200);
    },
  );
  it('draws what fits into a tiny frame', () => {
    const layout = frameLayout('yuv420p', 9, 5);
    const data = new Uint8Array(layout.bytes);
    drawLabel(data, layout, color);
    expect(Math.max(...data)).toBeGreaterThan(0);
  });
});
