import { describe, expect, it } from 'vitest';
import {
  sampledFace,
  tellingMoments,
  type Sample,
  type SampledFace,
} from '../../../src/ops/preview/telling-moments.ts';

const face = (more: Partial<SampledFace> = {}): SampledFace => ({
  area: 100,
  turn: 0,
  mouthOpen: 0,
  hidden: 0,
  ...more,
});
const sample = (frame: number, faces: readonly SampledFace[], scene = 0): Sample => ({ frame, scene, faces });

describe('tellingMoments', () => {
  const samples = [
    sample(0, []),
    sample(10, [face()]),
    sample(20, [face({ area: 400 })]),
    sample(30, [face({ turn: 50 })]),
    sample(40, [face({ mouthOpen: 0.6 })]),
    sample(50, [face({ hidden: 0.5 })]),
    sample(60, [face(), face()]),
    sample(70, [face({ area: 90 })], 1),
    sample(80, [face({ area: 120 })], 1),
  ];
  it('finds one moment of each kind and of each scene, in the order of the file', () => {
    expect(tellingMoments(samples, 24).slice(0, 8)).toEqual([
      { frame: 10, reason: 'in between' },
      { frame: 20, reason: 'largest face' },
      { frame: 30, reason: 'head turned most' },
      { frame: 40, reason: 'mouth open' },
      { frame: 50, reason: 'face partly covered' },
      { frame: 60, reason: 'most faces at once' },
      { frame: 70, reason: 'in between' },
      { frame: 80, reason: 'scene 2' },
    ]);
  });
  it('takes the most telling first when few are wanted', () => {
    expect(tellingMoments(samples, 1)).toEqual([{ frame: 20, reason: 'largest face' }]);
    expect(tellingMoments(samples, 3).map(({ frame }) => frame)).toEqual([20, 30, 40]);
  });
  it('does not take a small face in the background for telling', () => {
    const small = [sample(0, [face({ area: 10_000 })]), sample(5, [face({ area: 50, turn: 80 })])];
    expect(tellingMoments(small, 2)[1]!.reason).toBe('in between');
  });
  it('spreads over the file where nobody is seen', () => {
    const empty = [0, 10, 20, 30, 40].map((frame) => sample(frame, []));
    const moments = tellingMoments(empty, 3);
    expect(moments.map(({ frame }) => frame)).toEqual([0, 20, 40]);
    expect(moments.every(({ reason }) => reason === 'no face found')).toBe(true);
  });
  it('gives no more moments than there are samples, and none without any', () => {
    expect(tellingMoments(samples, 24)).toHaveLength(8);
    expect(tellingMoments([], 4)).toEqual([]);
  });
});

describe('sampledFace', () => {
  const box = { x: 0, y: 0, w: 10, h: 20 };
  const points = new Float32Array(136);
  points.set([0, 0], 2 * 48);
  points.set([10, 0], 2 * 54);
  points.set([5, -2], 2 * 62);
  points.set([5, 3], 2 * 66);
  const shape = {
    points,
    visibility: Float32Array.from({ length: 68 }, (_, i) => (i >= 51 ? 0.2 : 1)),
    pose: { yaw: 3, pitch: 4, roll: 90 },
    identity: new Float32Array(0),
    expression: new Float32Array(0),
  };
  it('reads size, turn, mouth and cover off the landmarks', () => {
    const read = sampledFace({ box, shape });
    expect(read).toEqual({ area: 200, turn: 5, mouthOpen: 0.5, hidden: 17 / 51 });
  });
  it('does not call the far side of a turned head covered', () => {
    expect(sampledFace({ box, shape: { ...shape, pose: { yaw: 60, pitch: 0, roll: 0 } } }).hidden).toBe(0);
  });
});
