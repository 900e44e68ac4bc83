import { describe, expect, it } from 'vitest';
import type { TrackedFace } from '../../src/core/faces.ts';
import { ThinnedList } from '../../src/ops/track/thinned-list.ts';
import { FaceReport } from '../../src/pipeline/face-report.ts';

function face(trackId: number, pose: { yaw?: number; roll?: number }, isBridged = false): TrackedFace {
  return {
    trackId,
    box: { x: 0, y: 0, w: 40 + trackId, h: 50 },
    score: 0.9,
    shape: {
      points: new Float32Array(136),
      visibility: new Float32Array(68),
      pose: { yaw: pose.yaw ?? 0, pitch: 0, roll: pose.roll ?? 0 },
      identity: new Float32Array(0),
      expression: new Float32Array(0),
    },
    isBridged,
  };
}

describe('a report of faces', () => {
  it('tells stretches, spans, hidden frames and who stands on the head', () => {
    const report = new FaceReport<number>(2);
    for (const index of [3, 4, 5, 9, 10]) {
      const frame = { index, seconds: index / 10 };
      report.add(face(1, { roll: 175 - index }), frame, () => index);
      report.add(face(0, { yaw: index }, index === 5), frame, () => index);
    }
    const [upright, turned] = report.persons();
    expect(upright).toMatchObject({
      id: 0,
      firstFrame: 3,
      lastFrame: 10,
      frames: 4,
      bridgedFrames: 1,
      stretches: [
        { first: 3, last: 5 },
        { first: 9, last: 10 },
      ],
      yaw: { min: 3, max: 10 },
      isUpsideDown: false,
    });
    expect(turned).toMatchObject({ id: 1, isUpsideDown: true, widthPx: { min: 41, max: 41 } });
    expect(turned!.pictures).toHaveLength(2);
  });
});

describe('a thinned list', () => {
  it('keeps things from all over the row, in the memory of a few', () => {
    for (const count of [0, 1, 4, 5, 100, 1000]) {
      const list = new ThinnedList<number>(4);
      let made = 0;
      for (let i = 0; i < count; i++) {
        list.offer(() => {
          made += 1;
          return i;
        });
      }
      const items = list.items();
      expect(items).toHaveLength(Math.min(4, count));
      expect(made).toBeLessThan(60);
      if (count < 100) continue;
      expect(items[0]).toBeLessThan(count / 4);
      expect(items[3]).toBeGreaterThan((2 * count) / 4);
    }
  });
});
