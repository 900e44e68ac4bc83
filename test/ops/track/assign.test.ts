import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign } from '../../../src/ops/track/assign.ts';

/** The least sum by trying everything: pairs cost what they say, what stays alone costs most / 2. */
function least(costs: readonly (readonly number[])[], most: number): number {
  const columns = costs[0]?.length ?? 0;
  const best = (row: number, used: number): number => {
    if (row === costs.length) {
      let alone = 0;
      for (let c = 0; c < columns; c++) if (!(used & (1 << c))) alone += most / 2;
      return alone;
    }
    let sum = most / 2 + best(row + 1, used);
    for (let c = 0; c < columns; c++) {
      const cost = costs[row]![c]!;
      if (used & (1 << c) || cost >= most) continue;
      sum = Math.min(sum, cost + best(row + 1, used | (1 << c)));
    }
    return sum;
  };
  return best(0, 0);
}

describe('assign', () => {
  it('has the least sum, as trying all pairings has', () => {
    const cost = fc.oneof(
      fc.integer({ min: 0, max: 40 }).map((n) => n / 32),
      fc.constant(Infinity),
    );
    const matrix = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
      .chain(([r, c]) =>
        fc.array(fc.array(cost, { minLength: c, maxLength: c }), { minLength: r, maxLength: r }),
      );
    fc.assert(
      fc.property(matrix, (costs) => {
        const pairs = assign(costs, 1);
        const columns = costs[0]!.length;
        const used = pairs.filter((c) => c >= 0);
        expect(new Set(used).size).toBe(used.length);
        let sum = (columns - used.length) / 2;
        pairs.forEach((c, r) => {
          if (c >= 0) expect(costs[r]![c]).toBeLessThan(1);
          sum += c < 0 ? 0.5 : costs[r]![c]!;
        });
        expect(sum).toBeCloseTo(least(costs, 1), 9);
      }),
    );
  });

  it('pairs nobody with nothing', () => {
    expect(assign([], 1)).toEqual([]);
    expect(assign([[], []], 1)).toEqual([-1, -1]);
    expect(assign([[1, 2]], 1)).toEqual([-1]);
  });

  it('pairs thirty with thirty', () => {
    const order = Array.from({ length: 30 }, (_, i) => (i * 7) % 30);
    const costs = order.map((c) => Array.from({ length: 30 }, (_, k) => (k === c ? 0.1 : 0.6)));
    expect(assign(costs, 1)).toEqual(order);
  });
});
