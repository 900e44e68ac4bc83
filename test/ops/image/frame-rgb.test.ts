import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { frameLayout, type ColorFacts, type PixelFormat } from '../../../src/core/frame.ts';
import { findFfmpeg } from '../../../src/media/find.ts';
import { frameRgb } from '../../../src/ops/image/frame-rgb.ts';

const run = promisify(execFile);
// Smooth enough that half a chroma sample, in which conversions differ, is under a level.
const [width, height] = [310, 230];

/** A smooth picture in a pixel format, and what ffmpeg makes of it in RGB. */
async function pictures(
  format: PixelFormat,
  { matrix, range }: ColorFacts,
): Promise<{ yuv: Uint8Array; rgb: Uint8Array }> {
  const name = { bt709: 'bt709', bt601: 'smpte170m', bt2020: 'bt2020nc' }[matrix];
  const tag = range === 'full' ? 'pc' : 'tv';
  const ffmpeg = await findFfmpeg();
  // Red across, green down, blue both ways: colours of every kind.
  const gradient = "format=gbrp,geq=r='255*X/(W-1)':g='255*Y/(H-1)':b='255*abs(1-X/W-Y/H)'";
  const make = async (...filters: readonly string[]): Promise<Buffer> => {
    const { stdout } = await run(
      ffmpeg.path,
      [
        ...['-v', 'error', '-f', 'lavfi', '-i', `color=s=${width}x${height}`],
        ...['-vf', [gradient, ...filters].join(','), '-f', 'rawvideo', '-frames:v', '1', '-'],
      ],
      { encoding: 'buffer', maxBuffer: 1 << 26 },
    );
    return stdout;
  };
  const exact = 'flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp';
  const toYuv = [`scale=${exact}:out_color_matrix=${name}:out_range=${tag}`, `format=${format}`];
  const toRgb = [`scale=${exact}:in_color_matrix=${name}:in_range=${tag}`, 'format=rgb24'];
  return { yuv: await make(...toYuv), rgb: await make(...toYuv, ...toRgb) };
}

describe('frameRgb', () => {
  it.each([
    ['yuv420p', { matrix: 'bt709', range: 'limited' }],
    ['yuv420p', { matrix: 'bt601', range: 'full' }],
    ['yuv422p10le', { matrix: 'bt2020', range: 'limited' }],
    ['yuv444p', { matrix: 'bt709', range: 'full' }],
  ] as const)('of %s in %j is what ffmpeg shows', async (format, color) => {
    const { yuv, rgb } = await pictures(format, color);
    const mine = frameRgb(yuv, frameLayout(format, width, height), color);
    let sum = 0;
    mine.forEach((level, i) => (sum += Math.abs(level - rgb[i]!)));
    // Both round and interpolate chroma in their own way; a wrong matrix or range is off by 5 and more.
    expect(sum / rgb.length).toBeLessThan(1);
    expect(new Set(rgb).size).toBeGreaterThan(100);
  });
  it('turns black, white and grey into themselves, at any size', () => {
    for (const [w, h] of [
      [1, 1],
      [3, 5],
    ] as const) {
      const layout = frameLayout('yuv420p', w, h);
      const flat = (luma: number): number[] => {
        const data = new Uint8Array(layout.bytes).fill(128).fill(luma, 0, w * h);
        return [...new Set(frameRgb(data, layout, { matrix: 'bt709', range: 'limited' }))];
      };
      expect([flat(16), flat(235), flat(126)]).toEqual([[0], [255], [128]]);
    }
  });
  it('refuses an output of the wrong size', () => {
    const layout = frameLayout('yuv444p', 4, 2);
    const color = { matrix: 'bt709', range: 'full' } as const;
    expect(() => frameRgb(new Uint8Array(24), layout, color, new Uint8ClampedArray(3))).toThrow(
      '[H,W,3] = [2,4,3]',
    );
  });
});
