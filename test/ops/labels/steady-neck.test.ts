import { describe, expect, it } from 'vitest';
import { calmShare, steadyNeck, type NeckMemory } from '../../../src/ops/labels/steady-neck.ts';

const seen = (neck: number, background: number) => ({
  neck: Float32Array.of(neck),
  background: Float32Array.of(background),
});
const steady = { keep: 0.8, isTurn: false };

describe('steadyNeck', () => {
  it('takes the first sight as it is, and gives shared memory', () => {
    const { neck, young } = steadyNeck(seen(0.25, 0.5), undefined, steady);
    expect([...neck]).toEqual([0.25]);
    expect(neck.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(young).toBeUndefined();
  });
  it('lets half of what a face keeps stay where the parser is restless', () => {
    const before = steadyNeck(seen(1, 0), undefined, steady);
    // keep 0.8, of which a neck keeps half: 0.6 · 0.9 + 0.4 · 1.
    expect(steadyNeck(seen(0.9, 0.1), before, steady).neck[0]).toBeCloseTo(0.94, 6);
    expect(steadyNeck(seen(0.9, 0.1), before, { keep: 0, isTurn: false }).neck[0]).toBeCloseTo(0.9, 6);
  });
  it('forgets at once where something comes in front', () => {
    const before = steadyNeck(seen(1, 0), undefined, steady);
    expect(steadyNeck(seen(0, 1), before, steady).neck[0]).toBe(0);
    expect(calmShare(0.1, 0.1)).toBe(1);
    expect(calmShare(0.275, 0)).toBeCloseTo(0.5, 6);
    expect(calmShare(0, 0.4)).toBe(0);
  });
  it('has nothing of what was before the last turn but one', () => {
    const run = (first: number): number => {
      let memory: NeckMemory | undefined;
      for (let t = 0; t < 13; t++) {
        const now = t < 4 ? seen(first, 0) : seen(0.5 + 0.01 * t, 0);
        memory = steadyNeck(now, memory, { keep: 0.8, isTurn: t % 4 === 0 });
      }
      return memory!.neck[0]!;
    };
    expect(run(0)).toBe(run(1));
  });
});
