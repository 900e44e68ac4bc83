import { describe, expect, it } from 'vitest';
import { components, type Components } from '../../../src/ops/labels/components.ts';

/** The slow obvious way: flood fill from every pixel that has no number yet. */
function flooded(map: Uint8Array, size: number): Components {
  const ids = new Int32Array(map.length).fill(-1);
  const classes: number[] = [];
  const areas: number[] = [];
  for (let start = 0; start < map.length; start++) {
    if (ids[start]! >= 0) continue;
    const id = classes.length;
    const stack = [start];
    let area = 0;
    ids[start] = id;
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      area += 1;
      const x = i % size;
      const near = [x > 0 ? i - 1 : i, x < size - 1 ? i + 1 : i, i - size, i + size];
      for (const j of near) {
        if (map[j] !== map[i] || ids[j] !== -1) continue;
        ids[j] = id;
        stack.push(j);
      }
    }
    classes.push(map[start]!);
    areas.push(area);
  }
  return { ids, classes, areas };
}

describe('components', () => {
  it.each([
    ['noise', 3, 0.5],
    ['noise of many classes', 12, 0.3],
    ['large pieces', 2, 0.92],
  ])('finds the pieces of %s as flood fill does', (_, count, calm) => {
    let state = 5;
    const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    for (const size of [1, 2, 7, 64]) {
      const map = new Uint8Array(size * size);
      for (let i = 0; i < map.length; i++) {
        const from = random() < 0.5 ? i - 1 : i - size;
        map[i] = from >= 0 && random() < calm ? map[from]! : Math.floor(random() * count);
      }
      expect(components(map, size)).toEqual(flooded(map, size));
    }
  });
  it('joins what meets further down: a U and a spiral', () => {
    const rows = ['1011', '1001', '1111', '0000'];
    const map = Uint8Array.from(rows.join(''), Number);
    expect(components(map, 4)).toEqual(flooded(map, 4));
  });
});
