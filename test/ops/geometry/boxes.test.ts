import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boxOfPoints,
  boxOverlap,
  centreDistance,
  suppressOverlaps,
} from '../../../src/ops/geometry/boxes.ts';
import { letterbox, netSize } from '../../../src/ops/geometry/letterbox.ts';
import { invert } from '../../../src/ops/geometry/transform.ts';
import { transformPoints } from '../../../src/ops/drive/transform-points.ts';

const side = fc.integer({ min: 1, max: 50 });
const place = fc.integer({ min: -60, max: 60 });
const box = fc.record({ x: place, y: place, w: side, h: side });

describe('boxes', () => {
  it('overlap themselves fully, others as counted in pixels', () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        let [both, any] = [0, 0];
        for (let y = -60; y < 110; y++) {
          for (let x = -60; x < 110; x++) {
            const inA = x >= a.x && x < a.x + a.w && y >= a.y && y < a.y + a.h;
            const inB = x >= b.x && x < b.x + b.w && y >= b.y && y < b.y + b.h;
            both += inA && inB ? 1 : 0;
            any += inA || inB ? 1 : 0;
          }
        }
        expect(boxOverlap(a, b)).toBeCloseTo(both / any, 9);
        expect(boxOverlap(a, a)).toBe(1);
      }),
      { numRuns: 30 },
    );
  });

  it('keep the best of each heap, and no two that overlap', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ box, score: fc.double({ min: 0, max: 1, noNaN: true }) })), (all) => {
        const kept = suppressOverlaps(all, 0.3);
        for (const one of all) {
          const better = kept.some(
            (k) => k === one || (k.score >= one.score && boxOverlap(k.box, one.box) > 0.3),
          );
          expect(better).toBe(true);
        }
        kept.forEach((a, i) =>
          kept.slice(i + 1).forEach((b) => expect(boxOverlap(a.box, b.box)).toBeLessThanOrEqual(0.3)),
        );
      }),
    );
  });

  it('surround points and measure distance in sides', () => {
    expect(boxOfPoints([1, 2, 5, 0, 3, 9])).toEqual({ x: 1, y: 0, w: 4, h: 9 });
    expect(centreDistance({ x: 0, y: 0, w: 10, h: 10 }, { x: 20, y: 0, w: 10, h: 10 })).toBe(2);
  });
});

describe('letterbox', () => {
  it('shows all of the frame, in the middle, aspect kept, however it is turned', () => {
    for (const [width, height] of [
      [641, 359],
      [1280, 720],
      [90, 400],
    ] as const) {
      for (let turns = 0; turns < 4; turns++) {
        const view = letterbox({ width, height }, { width: 320, height: 192 }, turns);
        const netFromFrame = invert(view.frameFromNet);
        const corners = transformPoints(
          netFromFrame,
          Float32Array.of(0, 0, width, 0, width, height, 0, height),
        );
        const { x, y, w, h } = boxOfPoints(corners);
        expect(x + w / 2).toBeCloseTo(160, 3);
        expect(y + h / 2).toBeCloseTo(96, 3);
        expect(Math.max(w / 320, h / 192)).toBeCloseTo(1, 4);
        const [long, short] = turns % 2 === 0 ? [w, h] : [h, w];
        expect(long / short).toBeCloseTo(width / height, 3);
      }
    }
  });

  it('turns the frame clockwise', () => {
    const view = letterbox({ width: 100, height: 100 }, { width: 64, height: 64 }, 1);
    // The frame's top left corner comes to the top right.
    const corner = transformPoints(invert(view.frameFromNet), Float32Array.of(0, 0));
    expect([...corner].map(Math.round)).toEqual([64, 0]);
  });

  it('takes sizes that divide, and enlarges nothing but to the next step', () => {
    expect(netSize({ width: 1280, height: 720 }, 640, 32)).toEqual({ width: 640, height: 384 });
    expect(netSize({ width: 641, height: 359 }, 640, 32)).toEqual({ width: 640, height: 384 });
    expect(netSize({ width: 100, height: 20 }, 640, 32)).toEqual({ width: 128, height: 32 });
    expect(netSize({ width: 720, height: 1280 }, 640, 32)).toEqual({ width: 384, height: 640 });
  });
});
