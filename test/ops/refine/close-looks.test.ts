import { describe, expect, it } from 'vitest';
import { cutLooks, lookCentres, lookParts } from '../../../src/ops/refine/close-looks.ts';
import { frameLayout } from '../../../src/core/frame.ts';
import { placedLandmarks } from '../../helpers/landmarks.ts';

const color = { matrix: 'bt709', range: 'full' } as const;
const feed = { layout: 'NCHW', channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1] } as const;
const patches = [
  { side: 64, size: 32 },
  { side: 72, size: 24 },
  { side: 80, size: 20 },
  { side: 144, size: 36 },
];

/** A grey frame whose brightness at x, y is as told, 0…255. */
function grey(width: number, height: number, levelAt: (x: number, y: number) => number) {
  const layout = frameLayout('yuv444p', width, height);
  const data = new Uint8Array(layout.bytes).fill(128);
  for (let i = 0; i < width * height; i++) data[i] = levelAt((i % width) + 0.5, Math.floor(i / width) + 0.5);
  return { data, layout, color };
}

describe('lookCentres', () => {
  it('gives the middle of both eyes with their brows, nose, mouth, and both halves of the jaw', () => {
    const points = placedLandmarks(128, 118);
    const centres = lookCentres(points);
    expect(centres).toHaveLength(12);
    const [right, left, nose, mouth, jawRight, jawLeft] = Array.from({ length: 6 }, (_, k) => [
      centres[2 * k]!,
      centres[2 * k + 1]!,
    ]);
    // The plain face is even on both sides of x = 128.
    expect(right![0]! + left![0]!).toBeCloseTo(256, 3);
    expect(jawRight![0]! + jawLeft![0]!).toBeCloseTo(256, 3);
    expect(right![0]).toBeLessThan(110);
    expect(jawRight![0]).toBeLessThan(100);
    expect(nose![1]).toBeGreaterThan(right![1]!);
    expect(mouth).toEqual([expect.closeTo(128, 3), expect.closeTo(168, 0)]);
    expect(jawRight![1]).toBeCloseTo(jawLeft![1]!, 3);
  });
});

describe('cutLooks', () => {
  const centres = Float32Array.from([90, 100, 166, 100, 128, 130, 128, 170, 90, 170, 166, 170]);

  it('cuts every part at its side and size', () => {
    const cut = cutLooks({
      planes: grey(256, 256, () => 51),
      frameFromUnit: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
      centres,
      patches,
      feed,
    });
    expect(cut.map(({ length }) => length)).toEqual(
      lookParts.map(({ sides }, k) => sides.length * 3 * patches[k]!.size ** 2),
    );
    for (const values of cut) for (const value of values) expect(value).toBeCloseTo(0.2, 2);
  });

  it('shows each pixel of a patch where the frame has it, and the left side mirrored', () => {
    // The frame is the unit crop twice as large, moved by (20, 40); brightness goes up to the right.
    const planes = grey(560, 560, (x) => x / 4);
    const frameFromUnit = Float64Array.of(2, 0, 20, 0, 2, 40, 0, 0, 1);
    const [eyes] = cutLooks({ planes, frameFromUnit, centres, patches, feed });
    const { side, size } = patches[0]!;
    const levelAt = (unitX: number): number => (2 * unitX + 20) / 4 / 255;
    for (const [k, cx] of [90, 166].entries()) {
      for (const x of [3, 16, 28]) {
        const inUnit = ((x + 0.5) / size - 0.5) * side;
        const value = eyes![(k * 3 * size + 10) * size + x]!;
        expect(value).toBeCloseTo(levelAt(k === 0 ? cx + inUnit : cx - inUnit), 2);
      }
    }
  });
});
