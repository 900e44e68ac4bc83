import { describe, expect, it } from 'vitest';
import { label, regionCount } from '../../../src/core/regions.ts';
import { argmax } from '../../../src/ops/labels/argmax.ts';
import { keepMainFace, removeIslands } from '../../../src/ops/labels/clean-labels.ts';
import { components } from '../../../src/ops/labels/components.ts';
import { enlargeProbabilities } from '../../../src/ops/labels/enlarge-probabilities.ts';
import { resizeSquare } from '../../../src/ops/image/resize-square.ts';
import {
  steadyLabels,
  type LabelMemory,
  type SteadyLabelsInput,
} from '../../../src/ops/labels/steady-labels.ts';

const size = 128;
const area = size * size;

/** A label map painted by a rule, and sure probabilities for it. */
function painted(rule: (x: number, y: number) => number): {
  labels: Uint8Array;
  probabilities: Float32Array;
} {
  const labels = new Uint8Array(area);
  const probabilities = new Float32Array(regionCount * area).fill(0.01);
  for (let i = 0; i < area; i++) {
    labels[i] = rule((i % size) + 0.5, Math.floor(i / size) + 0.5);
    probabilities[labels[i]! * area + i] = 0.89;
  }
  return { labels, probabilities };
}

const disc = (x: number, y: number, cx: number, cy: number, r: number): boolean =>
  Math.hypot(x - cx, y - cy) < r;
const face = (x: number, y: number): number => (disc(x, y, 64, 72, 34) ? label.skin : label.background);

function count(labels: Uint8Array, wanted: number): number {
  return labels.reduce((sum, l) => sum + (l === wanted ? 1 : 0), 0);
}

describe('argmax', () => {
  it('takes the likeliest label, the lower one of two equal ones', () => {
    const p = Float32Array.of(0.2, 0.5, 0.3, 0.5, 0.5, 0);
    expect([...argmax(p, 3, new Uint8Array(2))]).toEqual([2, 0]);
    expect(() => argmax(p, 4, new Uint8Array(2))).toThrow('expected [R,S,S]');
  });
});

describe('components', () => {
  it('tells pieces of one class apart that touch at corners only', () => {
    const { ids, classes, areas } = components(Uint8Array.of(1, 0, 0, 0, 1, 1, 0, 0, 1), 3);
    expect([...ids]).toEqual([0, 1, 1, 2, 3, 3, 2, 2, 3]);
    expect(classes).toEqual([1, 0, 0, 1]);
    expect(areas).toEqual([1, 2, 3, 3]);
  });
  it('follows a piece round corners', () => {
    const spiral = Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1);
    expect(components(spiral, 4).classes.filter((c) => c === 1)).toHaveLength(1);
  });
});

describe('removeIslands', () => {
  it('gives specks to what lies around them, with their probability', () => {
    const { labels, probabilities } = painted((x, y) =>
      disc(x, y, 60, 70, 1.5) ? label.hair : disc(x, y, 10, 10, 1.5) ? label.nose : face(x, y),
    );
    const sums = (): number[] =>
      Array.from({ length: area }, (_, i) => {
        let sum = 0;
        for (let r = 0; r < regionCount; r++) sum += probabilities[r * area + i]!;
        return sum;
      });
    const before = sums();
    expect(removeIslands(labels, probabilities, size)).toBe(2);
    expect([...labels]).toEqual([...painted(face).labels]);
    expect(Math.max(...sums().map((sum, i) => Math.abs(sum - before[i]!)))).toBeLessThan(1e-5);
    const inSpeck = 70 * size + 60;
    expect(probabilities[label.hair * area + inSpeck]).toBe(0);
    expect(probabilities[label.skin * area + inSpeck]).toBeCloseTo(0.9, 5);
  });
  it('keeps small things that are things: pupils of far eyes, ear-rings', () => {
    const { labels, probabilities } = painted((x, y) =>
      disc(x, y, 50, 60, 1.6) ? label.eyes : disc(x, y, 29, 80, 1.2) ? label.ear_rings : face(x, y),
    );
    expect(removeIslands(labels, probabilities, size)).toBe(0);
    expect(count(labels, label.eyes)).toBeGreaterThan(4);
    expect(count(labels, label.ear_rings)).toBeGreaterThan(1);
  });
  it('heals a pinhole in the face and leaves an occluder', () => {
    const { labels, probabilities } = painted((x, y) =>
      disc(x, y, 55, 80, 1) || disc(x, y, 75, 80, 7) ? label.background : face(x, y),
    );
    removeIslands(labels, probabilities, size);
    expect(labels[80 * size + 55]).toBe(label.skin);
    expect(labels[80 * size + 75]).toBe(label.background);
  });
  it('leaves a map of specks only as it is', () => {
    const labels = Uint8Array.from({ length: area }, (_, i) => (i + Math.floor(i / size)) % 2);
    const before = [...labels];
    removeIslands(labels, new Float32Array(regionCount * area), size);
    expect([...labels]).toEqual(before);
  });
});

describe('keepMainFace', () => {
  it('takes the face of a neighbour away', () => {
    const { labels, probabilities } = painted((x, y) => (disc(x, y, 118, 60, 18) ? label.skin : face(x, y)));
    keepMainFace(labels, probabilities, size);
    expect([...labels]).toEqual([...painted(face).labels]);
    expect(probabilities[label.skin * area + 60 * size + 118]).toBe(0);
  });
  it('keeps both halves of a face behind a finger', () => {
    const halves = (x: number, y: number): number => (Math.abs(x - 50) < 4 ? label.background : face(x, y));
    const { labels, probabilities } = painted(halves);
    keepMainFace(labels, probabilities, size);
    expect([...labels]).toEqual([...painted(halves).labels]);
  });
  it('does nothing where there is no face', () => {
    const { labels, probabilities } = painted(() => 0);
    keepMainFace(labels, probabilities, size);
    expect(count(labels, 0)).toBe(area);
  });
});

describe('steadyLabels', () => {
  const crop = (rule: (x: number, y: number) => number): Float32Array =>
    Float32Array.from({ length: 3 * area }, (_, i) => rule(i % size, Math.floor((i % area) / size)));
  const grey = crop(() => 0.5);
  const input = (facts: Partial<SteadyLabelsInput>): SteadyLabelsInput => ({
    ...{ size, fresh: painted(face).probabilities, netSize: size, crop: grey, before: undefined, keep: 0.7 },
    ...facts,
  });

  it('gives the argmax of a first frame, in shared memory', () => {
    const { labels, probabilities, memory } = steadyLabels(input({}));
    const { luma } = memory;
    expect([...labels]).toEqual([...painted(face).labels]);
    expect(luma[0]).toBeCloseTo(0.5, 5);
    for (const { buffer } of [labels, probabilities, luma]) expect(buffer).toBeInstanceOf(SharedArrayBuffer);
  });
  it('keeps a say for the last frame where the picture is the same', () => {
    const before = steadyLabels(input({})).memory;
    const fresh = painted((x, y) => (disc(x, y, 64, 72, 20) ? label.hair : face(x, y))).probabilities;
    const { labels, probabilities } = steadyLabels(input({ fresh, before }));
    // 0.7 · 0.89 + 0.3 · 0.01: one frame's slip is not believed.
    expect(probabilities[label.skin * area + 72 * size + 64]).toBeCloseTo(0.626, 3);
    expect(labels[72 * size + 64]).toBe(label.skin);
    let memory = before;
    for (let t = 0; t < 4; t++) memory = steadyLabels(input({ fresh, before: memory })).memory;
    expect(argmax(memory.probabilities, regionCount, new Uint8Array(area))[72 * size + 64]).toBe(label.hair);
  });
  it('believes the parser alone where something has moved in', () => {
    const before = steadyLabels(input({})).memory;
    const hand = (x: number, y: number): boolean => disc(x, y, 64, 86, 12);
    const fresh = painted((x, y) => (hand(x, y) ? label.background : face(x, y))).probabilities;
    const { labels } = steadyLabels(input({ fresh, before, crop: crop((x, y) => (hand(x, y) ? 0.7 : 0.5)) }));
    expect([...labels]).toEqual([...argmax(fresh, regionCount, new Uint8Array(area))]);
  });
  it('lets nothing old overrule a clear occluder of the same colour, nor stay where one has gone', () => {
    const hand = painted((x, y) => (disc(x, y, 64, 86, 12) ? label.background : face(x, y))).probabilities;
    const bare = painted(face).probabilities;
    const background = (map: Float32Array): number => map[label.background * area + 86 * size + 64]!;
    const before = steadyLabels(input({ fresh: bare })).memory;
    const during = steadyLabels(input({ fresh: hand, before }));
    expect(background(during.probabilities)).toBe(background(hand));
    const after = steadyLabels(input({ fresh: bare, before: during.memory }));
    expect(background(after.probabilities)).toBe(background(bare));
    // What the parser itself is not sure of is steadied as before.
    const unsure = bare.map((p, i) => p + 0.1 * (hand[i]! - p));
    expect(background(steadyLabels(input({ fresh: unsure, before })).probabilities)).toBeLessThan(
      0.5 * background(unsure),
    );
  });
  it('is not moved by noise of the camera', () => {
    let state = 7;
    const noisy = grey.map((v) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return v + (state / 2 ** 32 - 0.5) * 0.1;
    });
    const before = steadyLabels(input({})).memory;
    const { probabilities } = steadyLabels(
      input({ fresh: painted(() => label.hair).probabilities, before, crop: noisy }),
    );
    expect(probabilities[label.skin * area + 72 * size + 64]).toBeGreaterThan(0.5);
  });
  it('forgets nothing and remembers nothing when smoothing is off', () => {
    const before = steadyLabels(input({})).memory;
    const fresh = painted(() => label.hair).probabilities;
    const off = steadyLabels(input({ fresh, before, keep: 0 })).probabilities;
    const first = steadyLabels(input({ fresh, before: undefined })).probabilities;
    expect(off.every((p, i) => p === first[i])).toBe(true);
  });
  it('knows nothing, to the last bit, of what was before the last turn but one', () => {
    const turnEvery = 4;
    const soft = (t: number): Float32Array =>
      Float32Array.from({ length: regionCount * area }, (_, i) => ((i * 31 + t * 17) % 101) / 101);
    const run = (first: number, last: number) => {
      let memory: LabelMemory | undefined;
      for (let t = first; t <= last; t++) {
        memory = steadyLabels(input({ fresh: soft(t), before: memory, isTurn: t % turnEvery === 0 })).memory;
      }
      return memory!.probabilities;
    };
    const whole = run(1, 14);
    for (const first of [2, 7, 8]) expect(run(first, 14).every((p, i) => p === whole[i])).toBe(true);
    expect(run(9, 14).every((p, i) => p === whole[i])).toBe(false);
  });
  it('brings a coarser parser to the size of the crop', () => {
    const half = new Float32Array((regionCount * area) / 4);
    for (let i = 0; i < area / 4; i++) half[(i % 64 < 32 ? 6 : 4) * (area / 4) + i] = 1;
    const { labels, probabilities } = steadyLabels(input({ fresh: half, netSize: size / 2 }));
    expect(labels[5 * size + 63]).toBe(label.skin);
    expect(labels[5 * size + 64]).toBe(label.hair);
    expect(probabilities[label.skin * area + 5 * size + 63]).toBeCloseTo(0.75, 5);
  });
  it('steadies a coarser parser as small as it reads, and leaves no specks in the large', () => {
    const small = size / 2;
    const at = (probabilities: Float32Array): Float32Array => resizeSquare(probabilities, size, small);
    const fresh = at(painted((x, y) => (disc(x, y, 64, 72, 20) ? label.hair : face(x, y))).probabilities);
    const { memory } = steadyLabels(input({ fresh: at(painted(face).probabilities), netSize: small }));
    expect(memory.probabilities).toHaveLength(regionCount * small * small);
    expect(memory.luma).toHaveLength((small / 2) ** 2);
    const { labels, probabilities } = steadyLabels(input({ fresh, netSize: small, before: memory }));
    expect(probabilities[label.skin * area + 72 * size + 64]).toBeCloseTo(0.626, 3);
    expect(labels[72 * size + 64]).toBe(label.skin);
    expect([...labels]).toEqual([...argmax(probabilities, regionCount, new Uint8Array(area))]);
  });
  it.each([32, 31])('gives %i rows of a neck below a crop twice as large as what is read', (rowsBelow) => {
    const small = size / 2;
    const rows = Math.round(((size + rowsBelow) * small) / size);
    const fresh = new Float32Array(regionCount * rows * small);
    for (let i = 0; i < rows * small; i++) {
      const region = i < small * small ? label.skin : i % small < 20 ? label.belowface : label.background;
      fresh[region * rows * small + i] = 1;
    }
    const { neck } = steadyLabels(input({ fresh, netSize: small, rowsBelow })).memory.neckBelow!;
    expect(neck).toHaveLength(rowsBelow * size);
    expect(neck[10 * size + 38]).toBe(1);
    expect(neck[10 * size + 41]).toBe(0);
    expect(neck[(rowsBelow - 1) * size + 10]).toBe(1);
  });
});

describe('enlargeProbabilities', () => {
  it.each([2, 3])(
    'is the bilinear picture %i times as large, with the likeliest label of each pixel',
    (factor) => {
      const side = 24;
      const small = Float32Array.from(
        { length: regionCount * side * side },
        (_, i) => ((i * 7919) % 1013) / 1013,
      );
      const { labels, probabilities } = enlargeProbabilities(small, side, factor);
      const expected = resizeSquare(small, side, side * factor);
      // Both interpolate in single precision, one axis before the other.
      expect(probabilities.every((p, i) => Math.abs(p - expected[i]!) < 1e-6)).toBe(true);
      expect([...labels]).toEqual([...argmax(probabilities, regionCount, new Uint8Array(labels.length))]);
    },
  );
  it('refuses what it cannot enlarge', () => {
    expect(() => enlargeProbabilities(new Float32Array(12 * 16), 4, 1.5)).toThrow(RangeError);
    expect(() => enlargeProbabilities(new Float32Array(12 * 15), 4, 2)).toThrow(RangeError);
  });
});
