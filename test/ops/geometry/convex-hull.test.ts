import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convexHull, hullRows } from '../../../src/ops/geometry/convex-hull.ts';

const points = fc
  .array(fc.tuple(fc.integer({ min: -20, max: 84 }), fc.integer({ min: -20, max: 84 })), {
    minLength: 3,
    maxLength: 40,
  })
  .map((list) => Float32Array.from(list.flat()));

describe('convexHull', () => {
  it('of a square with points inside is the square', () => {
    const hull = convexHull([0, 0, 5, 5, 10, 0, 10, 10, 5, 9, 0, 10]);
    expect(hull).toHaveLength(8);
    expect([...hull]).toEqual([0, 0, 10, 0, 10, 10, 0, 10]);
  });
  it('turns one way only and has every point on or inside it', () => {
    fc.assert(
      fc.property(points, (given) => {
        const hull = convexHull(given);
        const count = hull.length / 2;
        for (let p = 0; p < count; p++) {
          const q = (p + 1) % count;
          const [ax, ay] = [hull[2 * p]!, hull[2 * p + 1]!];
          const [bx, by] = [hull[2 * q]! - ax, hull[2 * q + 1]! - ay];
          for (let k = 0; k < given.length; k += 2) {
            expect(bx * (given[k + 1]! - ay) - by * (given[k]! - ax)).toBeGreaterThanOrEqual(0);
          }
        }
      }),
    );
  });
});

describe('hullRows', () => {
  it('has the pixels whose centres lie inside, and those only', () => {
    fc.assert(
      fc.property(points, (given) => {
        const hull = convexHull(given);
        const rows = hullRows(hull, 64, 64);
        const count = hull.length / 2;
        const inside = (x: number, y: number): number => {
          let least = Infinity;
          for (let p = 0; p < count; p++) {
            const q = (p + 1) % count;
            const [ax, ay] = [hull[2 * p]!, hull[2 * p + 1]!];
            const [bx, by] = [hull[2 * q]! - ax, hull[2 * q + 1]! - ay];
            least = Math.min(least, bx * (y - ay) - by * (x - ax));
          }
          return least;
        };
        for (let y = 0; y < 64; y += 5) {
          for (let x = 0; x < 64; x += 3) {
            const side = inside(x + 0.5, y + 0.5);
            const isIn = x >= rows[2 * y]! && x < rows[2 * y + 1]!;
            // On the rim itself either is right.
            if (count > 2 && Math.abs(side) > 1e-6) expect(isIn).toBe(side > 0);
          }
        }
      }),
    );
  });
});
