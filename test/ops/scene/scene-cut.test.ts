import { describe, expect, it } from 'vitest';
import { frameLayout } from '../../../src/core/frame.ts';
import { gridDistance, lumaGrid, sceneCutDetector } from '../../../src/ops/scene/scene-cut.ts';

const layout = frameLayout('yuv420p', 64, 36);

/** A frame whose luma is a function of place. */
function frame(luma: (x: number, y: number) => number, format = layout): Uint8Array<SharedArrayBuffer> {
  const data = new Uint8Array(new SharedArrayBuffer(format.bytes));
  const samples = format.bytesPerSample === 1 ? data : new Uint16Array(data.buffer);
  for (let y = 0; y < format.height; y++) {
    for (let x = 0; x < format.width; x++) samples[y * format.width + x] = luma(x, y);
  }
  return data;
}

const stripes = (shift: number) => (x: number, y: number) =>
  128 + 90 * Math.sin((x + shift) / 6) * Math.cos(y / 9);
const other = (x: number, y: number): number => (((x >> 3) + (y >> 3)) % 2 === 0 ? 30 : 200);

describe('sceneCutDetector', () => {
  it('sees a cut where the picture becomes another', () => {
    const isCut = sceneCutDetector(layout);
    const seen = [0, 1, 2].map((i) => isCut(frame(stripes(i))));
    seen.push(isCut(frame(other)), isCut(frame(other)), isCut(frame(stripes(3))));
    expect(seen).toEqual([false, false, false, true, false, true]);
  });

  it('sees none in motion, fast or slow, in a fade, and in a still picture', () => {
    for (const speed of [0, 0.5, 2, 4]) {
      const isCut = sceneCutDetector(layout);
      const seen = Array.from({ length: 12 }, (_, i) => isCut(frame(stripes(i * speed))));
      expect(seen.slice(2)).toEqual(Array.from({ length: 10 }, () => false));
    }
    const isCut = sceneCutDetector(layout);
    const faded = Array.from({ length: 20 }, (_, i) =>
      isCut(frame((x, y) => (stripes(0)(x, y) * (20 - i)) / 20)),
    );
    expect(faded).not.toContain(true);
  });

  it('says the same of a frame whatever came more than two frames before', () => {
    const clip = [...Array.from({ length: 6 }, (_, i) => frame(stripes(i))), frame(other), frame(other)];
    const whole = sceneCutDetector(layout);
    const late = sceneCutDetector(layout);
    const all = clip.map((data) => whole(data));
    const part = clip.slice(4).map((data) => late(data));
    expect(part.slice(2)).toEqual(all.slice(6));
  });

  it('says the same of 10 bits as of 8', () => {
    const deep = frameLayout('yuv420p10le', 64, 36);
    const [isCut, isDeepCut] = [sceneCutDetector(layout), sceneCutDetector(deep)];
    for (const luma of [stripes(0), stripes(1), other, other]) {
      expect(isDeepCut(frame((x, y) => 4 * luma(x, y), deep))).toBe(isCut(frame(luma)));
    }
  });
});

it('lumaGrid gives the mean level of each cell, for any size', () => {
  for (const [width, height] of [
    [1, 1],
    [7, 3],
    [161, 91],
  ] as const) {
    const grid = lumaGrid(new Uint8Array(width * height).fill(77), { width, height }, 255);
    expect(grid).toHaveLength(32 * 18);
    expect(grid.every((level) => level === 77)).toBe(true);
  }
});

it('gridDistance of a grid to itself is 0', () => {
  const grid = Float32Array.from({ length: 576 }, (_, i) => (i * 37) % 255);
  const { levels, shape } = gridDistance(grid, grid);
  expect(levels).toBe(0);
  expect(shape).toBeCloseTo(0, 6);
});
