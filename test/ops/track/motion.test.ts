import { describe, expect, it } from 'vitest';
import { boxOfMotion, predictMotion, startMotion, updateMotion } from '../../../src/ops/track/motion.ts';

const at = (i: number) => ({ x: 10 + 4 * i, y: 20 - 2 * i, w: 40, h: 50 });

describe('motion', () => {
  it('goes on as it was seen to go, and comes to rest', () => {
    let motion = startMotion(at(0));
    for (let i = 1; i <= 10; i++) motion = updateMotion(motion, at(i), 1);
    const next = boxOfMotion(predictMotion(motion, 1), at(0));
    expect(next.x).toBeCloseTo(at(11).x, 0);
    expect(next.y).toBeCloseTo(at(11).y, 0);
    expect(next.w).toBeCloseTo(40, 3);
    const far = predictMotion(motion, 1000);
    expect(far.x - motion.x).toBeCloseTo(predictMotion(motion, 2000).x - motion.x, 3);
    expect(far.x - motion.x).toBeGreaterThan(30);
  });

  it('takes a sight after a gap for one move', () => {
    const motion = updateMotion(startMotion(at(0)), at(5), 5);
    expect(motion.vx).toBeCloseTo(4, 6);
    expect(motion.age).toBe(2);
  });
});
