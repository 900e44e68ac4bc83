import { describe, expect, it } from 'vitest';
import { decodeMesh, meshIndexOfLandmark, meshPoints } from '../../../src/ops/decode/facemesh.ts';

/** A head's axes turned by yaw, pitch and roll (degrees), with points where the mesh has temples, forehead, chin. */
function mesh(yaw: number, pitch: number, roll: number): Float32Array {
  const [y, p, r] = [yaw, pitch, roll].map((d) => (d * Math.PI) / 180) as [number, number, number];
  const out = new Float32Array(3 * meshPoints);
  const put = (index: number, u: number, v: number): void => {
    // Pitch about the axis to the right, then yaw about the upright, then roll in the picture; z away from the viewer.
    const [v1, w1] = [v * Math.cos(p), v * Math.sin(p)];
    const [u2, w2] = [u * Math.cos(y) - w1 * Math.sin(y), u * Math.sin(y) + w1 * Math.cos(y)];
    out.set(
      [96 + u2 * Math.cos(r) - v1 * Math.sin(r), 96 + u2 * Math.sin(r) + v1 * Math.cos(r), w2],
      3 * index,
    );
  };
  for (const index of [127, 234, 33]) put(index, -50, 0);
  for (const index of [356, 454, 263]) put(index, 50, 0);
  for (const index of [10, 151]) put(index, 0, -60);
  for (const index of [152, 175]) put(index, 0, 60);
  return out;
}

describe('decodeMesh', () => {
  it('gives the 68 landmarks, each its own point', () => {
    expect(new Set(meshIndexOfLandmark).size).toBe(68);
    const raw = Float32Array.from({ length: 3 * meshPoints }, (_, i) => i);
    const { points } = decodeMesh(raw);
    expect([...points.subarray(60, 62)]).toEqual([12, 13]);
  });

  it.each([
    [0, 0, 0],
    [30, 0, 0],
    [-40, 0, 10],
    [0, 20, 0],
    [25, -15, -170],
  ])('reads a pose of yaw %i, pitch %i, roll %i', (yaw, pitch, roll) => {
    const { pose } = decodeMesh(mesh(yaw, pitch, roll));
    expect(Math.sign(pose.yaw) * Math.sign(yaw)).toBeGreaterThanOrEqual(0);
    expect(pose.yaw).toBeCloseTo(yaw, 0);
    expect(pose.pitch).toBeCloseTo(pitch, 0);
    expect(pose.roll).toBeCloseTo(roll, 0);
  });

  it('refuses another mesh', () => {
    expect(() => decodeMesh(new Float32Array(3 * 478))).toThrow('expected [468,3]');
  });
});
