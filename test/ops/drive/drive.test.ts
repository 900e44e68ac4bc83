import { describe, expect, it } from 'vitest';
import type { FaceShape } from '../../../src/core/faces.ts';
import { label } from '../../../src/core/regions.ts';
import { driveLandmarks, fitScale } from '../../../src/ops/drive/drive-landmarks.ts';
import { driveLabels, type SourceLabels } from '../../../src/ops/drive/drive-labels.ts';
import { swapFace } from '../../../src/ops/drive/swap-face.ts';
import { projectShape, rotationOf, type ShapeBasis } from '../../../src/ops/drive/shape-basis.ts';
import { drivenMap, shapeFace } from '../../../src/ops/drive/shape-face.ts';
import { expandGrid, thinPlate } from '../../../src/ops/drive/thin-plate.ts';
import { argmax } from '../../../src/ops/labels/argmax.ts';
import { warpImage, warpLabels } from '../../../src/ops/drive/warp-labels.ts';

/** A small deterministic generator: equal tests everywhere. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const next = random(7);
const pointCount = 30;
const numbers = (count: number, spread: number): Float32Array =>
  Float32Array.from({ length: count }, () => (next() - 0.5) * 2 * spread);
const basis: ShapeBasis = {
  mean: numbers(pointCount * 3, 8),
  identity: numbers(4 * pointCount * 3, 0.5),
  expression: numbers(3 * pointCount * 3, 0.5),
};
const all = new Float32Array(pointCount).fill(1);

function face(
  identity: Float32Array,
  expression: Float32Array,
  pose: FaceShape['pose'],
  scale: number,
): FaceShape {
  const shape = Float32Array.from(basis.mean);
  identity.forEach((w, m) => {
    for (let i = 0; i < shape.length; i++) shape[i]! += w * basis.identity[m * shape.length + i]!;
  });
  expression.forEach((w, m) => {
    for (let i = 0; i < shape.length; i++) shape[i]! += w * basis.expression[m * shape.length + i]!;
  });
  const points = projectShape(shape, pose).map((v, i) => v * scale + (i % 2 === 0 ? 100 : 140));
  return { points, visibility: new Float32Array(pointCount).fill(1), pose, identity, expression };
}

describe('driveLandmarks', () => {
  const pose = { yaw: 20, pitch: -8, roll: 12 };
  const target = face(Float32Array.of(1, -1, 0.5, 0), Float32Array.of(0.3, 0.9, 0), pose, 7);
  const source = Float32Array.of(-0.5, 0.7, 1, 2);

  it('lands where the source would be in the target pose and expression', () => {
    const expected = face(source, target.expression, pose, 7).points;
    const driven = driveLandmarks(basis, target, source, 1, all);
    for (let i = 0; i < driven.length; i++) expect(driven[i]).toBeCloseTo(expected[i]!, 3);
  });
  it('stays at amount 0 and goes half the way at 0.5', () => {
    expect(driveLandmarks(basis, target, source, 0, all)).toEqual(target.points);
    const half = driveLandmarks(basis, target, source, 0.5, all);
    const whole = driveLandmarks(basis, target, source, 1, all);
    for (let i = 0; i < half.length; i++) {
      expect(half[i]).toBeCloseTo((target.points[i]! + whole[i]!) / 2, 3);
    }
  });
  it('finds the scale of a posed face', () => {
    expect(fitScale(basis, target)).toBeCloseTo(7, 4);
  });
  it('names both sizes when the landmarks do not fit', () => {
    const short = { ...target, points: new Float32Array(20) };
    expect(() => driveLandmarks(basis, short, source, 1)).toThrow(
      'points are [10,2], expected [P,2] = [30,2]',
    );
  });
});

describe('rotationOf', () => {
  it('turns the nose to the viewer right for yaw > 0, down for pitch > 0', () => {
    const nose = Float32Array.of(0, 0, 10);
    expect(projectShape(nose, { yaw: 30, pitch: 0, roll: 0 })[0]).toBeCloseTo(5, 5);
    expect(projectShape(nose, { yaw: 0, pitch: 30, roll: 0 })[1]).toBeCloseTo(5, 5);
  });
  it('turns clockwise in the picture for roll > 0', () => {
    const [x, y] = projectShape(Float32Array.of(0, 10, 0), { yaw: 0, pitch: 0, roll: 90 });
    expect(x).toBeCloseTo(10, 5);
    expect(y).toBeCloseTo(0, 5);
  });
  it('is a rotation', () => {
    const r = rotationOf({ yaw: 33, pitch: -12, roll: 70 });
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        let dot = 0;
        for (let k = 0; k < 3; k++) dot += r[i * 3 + k]! * r[j * 3 + k]!;
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 12);
      }
    }
  });
});

describe('thinPlate', () => {
  const at = numbers(40, 64).map((v) => v + 64);

  it('goes through its points at stiffness 0', () => {
    // Grid points coincide with the places asked for, so the table adds no error.
    const corners = Float32Array.of(0, 0, 128, 0, 0, 128, 128, 128, 64, 64, 32, 96);
    const values = corners.map((v, i) => v + (i % 5) - 2);
    const map = thinPlate(corners, values, 128, 5, 0);
    for (let p = 0; p < 6; p++) {
      const column = corners[p * 2]! / 32;
      const row = corners[p * 2 + 1]! / 32;
      for (let c = 0; c < 2; c++) {
        expect(map.values[(row * 5 + column) * 2 + c]).toBeCloseTo(values[p * 2 + c]!, 3);
      }
    }
  });
  it('gives back an affine map exactly, stiff or not', () => {
    const values = Float32Array.from(at, (_, i) => {
      const x = at[i - (i % 2)]!;
      const y = at[i - (i % 2) + 1]!;
      return i % 2 === 0 ? 0.9 * x + 0.2 * y + 3 : -0.1 * x + 1.1 * y - 5;
    });
    const from = expandGrid(thinPlate(at, values, 128, 17, 0.01), 128);
    for (const [x, y] of [
      [0, 0],
      [77, 31],
      [127, 127],
    ] as const) {
      expect(from[(y * 128 + x) * 2]).toBeCloseTo(0.9 * (x + 0.5) + 0.2 * (y + 0.5) + 3, 2);
      expect(from[(y * 128 + x) * 2 + 1]).toBeCloseTo(-0.1 * (x + 0.5) + 1.1 * (y + 0.5) - 5, 2);
    }
  });
  it('refuses points on one line', () => {
    const line = Float32Array.of(0, 0, 1, 1, 2, 2, 3, 3);
    expect(() => thinPlate(line, line, 128, 5, 0)).toThrow('one line');
  });
});

const size = 64;
/** A face of three rings: background, hair, skin with a lip in the middle. */
function disc(): { labels: Uint8Array; probabilities: Float32Array } {
  const labels = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const r = Math.hypot(x + 0.5 - 32, y + 0.5 - 32);
      labels[y * size + x] = r < 6 ? label.lip : r < 20 ? label.skin : r < 26 ? label.hair : 0;
    }
  }
  const probabilities = new Float32Array(12 * size * size);
  labels.forEach((l, i) => {
    probabilities[l * size * size + i] = 1;
  });
  return { labels, probabilities };
}
const identityMap = (): Float32Array =>
  Float32Array.from({ length: size * size * 2 }, (_, i) =>
    i % 2 === 0 ? ((i >> 1) % size) + 0.5 : Math.floor((i >> 1) / size) + 0.5,
  );

describe('warpLabels', () => {
  it('leaves a map as it is under the identity', () => {
    const { labels, probabilities } = disc();
    expect(warpLabels({ labels, probabilities }, identityMap(), size)).toEqual(labels);
  });
  it('shifts by whole pixels exactly', () => {
    const { labels, probabilities } = disc();
    const moved = warpLabels(
      { labels, probabilities },
      identityMap().map((v, i) => (i % 2 === 0 ? v - 5 : v)),
      size,
    );
    expect(moved[32 * size + 37]).toBe(labels[32 * size + 32]);
    expect(moved[32 * size + 25 + 5]).toBe(labels[32 * size + 25]);
  });
  it('gives what is likeliest between the pixels, everywhere', () => {
    // Soft, so that between two regions a third may be the likeliest.
    const probabilities = Float32Array.from({ length: 12 * size * size }, (_, i) => {
      const [r, x, y] = [Math.floor(i / size / size), i % size, Math.floor(i / size) % size];
      return 1 + Math.sin(x / (3 + r) + r) * Math.cos(y / (5 + r) - r);
    });
    const labels = argmax(probabilities, 12, new Uint8Array(size * size));
    const from = identityMap().map((v, i) => v + 1.7 * Math.sin(i / 77));
    const warped = warpImage(probabilities, from, size);
    expect(warpLabels({ labels, probabilities }, from, size)).toEqual(
      argmax(warped, 12, new Uint8Array(size * size)),
    );
  });
});

describe('warpImage', () => {
  it('reads between pixels and clamps at the border', () => {
    const ramp = Float32Array.from({ length: size * size }, (_, i) => i % size);
    const warped = warpImage(
      ramp,
      identityMap().map((v, i) => (i % 2 === 0 ? v + 0.25 : v)),
      size,
    );
    expect(warped[10 * size + 20]).toBeCloseTo(20.25, 5);
    expect(warped[10 * size + size - 1]).toBe(size - 1);
  });
});

describe('shapeFace', () => {
  const { labels, probabilities } = disc();
  const points = Float32Array.of(26, 32, 38, 32, 32, 26, 32, 38, 20, 32, 44, 32, 32, 20, 32, 44);
  const visibility = new Float32Array(8).fill(1);

  it('changes nothing when no landmark moves', () => {
    const map = drivenMap(points, points, visibility, size);
    const shaped = shapeFace({ labels, probabilities }, labels, map, size);
    expect(shaped.labels).toEqual(labels);
    expect(shaped.holes.some((hole) => hole > 0)).toBe(false);
  });
  it('makes a driven lip wider and leaves hair and background alone', () => {
    const driven = points.map((v, i) => (i === 0 ? v - 4 : i === 2 ? v + 4 : v));
    const shaped = shapeFace(
      { labels, probabilities },
      labels,
      drivenMap(driven, points, visibility, size),
      size,
    );
    const width = (map: Uint8Array): number =>
      map.subarray(32 * size, 33 * size).reduce((sum, l) => sum + (l === label.lip ? 1 : 0), 0);
    expect(width(shaped.labels)).toBeGreaterThan(width(labels) + 5);
    labels.forEach((l, i) => {
      if (l === label.hair || l === 0) expect(shaped.labels[i]).toBe(l);
    });
  });
  it('leaves landmarks that cannot be seen out of the map', () => {
    const driven = points.map((v, i) => (i === 0 ? v - 12 : v));
    const hidden = Float32Array.from(visibility);
    hidden[0] = 0;
    const shaped = shapeFace(
      { labels, probabilities },
      labels,
      drivenMap(driven, points, hidden, size),
      size,
    );
    expect(shaped.labels).toEqual(labels);
  });
});

describe('driveLabels', () => {
  /** Landmarks all over the crop's middle. */
  const grid = Float32Array.from({ length: 2 * 49 }, (_, i) =>
    i % 2 === 0 ? 14 + ((i >> 1) % 7) * 6 : 14 + Math.floor((i >> 1) / 7) * 6,
  );
  const seen = new Float32Array(49).fill(1);
  const paint = (rule: (x: number, y: number) => number): Uint8Array =>
    Uint8Array.from({ length: size * size }, (_, i) => rule(i % size, Math.floor(i / size)));
  const sourceOf = (labels: Uint8Array, visibility = seen): SourceLabels => {
    const probabilities = new Float32Array(12 * size * size);
    labels.forEach((l, i) => {
      probabilities[l * size * size + i] = 1;
    });
    return { size, labels, probabilities, points: grid, visibility };
  };
  const inDisc = (x: number, y: number, r: number): boolean => Math.hypot(x - 31.5, y - 31.5) < r;
  /** A target: wide nose, lip and an open mouth, in skin, a neck below. */
  const target = paint((x, y) => {
    if (!inDisc(x, y, 24)) return y > 40 ? label.belowface : label.hair;
    if (y > 38 && y < 46) return y > 40 && y < 44 ? label.mouth : label.lip;
    return Math.abs(x - 31.5) < 8 && y > 20 && y < 36 ? label.nose : label.skin;
  });
  /** A source: a narrow nose, closed lips, no hair. */
  const source = paint((x, y) => {
    if (!inDisc(x, y, 24)) return label.belowface;
    if (y > 40 && y < 44) return label.lip;
    return Math.abs(x - 31.5) < 4 && y > 20 && y < 36 ? label.nose : label.skin;
  });
  const width = (map: Uint8Array, row: number, wanted: number): number =>
    map.subarray(row * size, (row + 1) * size).filter((l) => l === wanted).length;

  it("gives the source's features their own shape, and an open mouth that its photo does not show", () => {
    const driven = driveLabels(sourceOf(source), target, grid, seen, size)!;
    expect(width(driven, 28, label.nose)).toBe(8);
    expect(width(driven, 42, label.mouth)).toBe(width(target, 42, label.mouth));
    expect(width(driven, 39, label.lip)).toBe(width(target, 39, label.lip));
  });
  it('moves them with the landmarks', () => {
    const moved = grid.map((v, i) => (i % 2 === 0 ? v + 3 : v));
    const driven = driveLabels(sourceOf(source), target, moved, seen, size)!;
    expect(driven[28 * size + 38]).toBe(label.nose);
    expect(driven[28 * size + 29]).toBe(label.skin);
  });
  it("takes the target's own map where the photo hides the face, and where too little is seen in both", () => {
    const half = seen.map((_, p) => (grid[2 * p]! < 32 ? 0 : 1));
    const driven = driveLabels(sourceOf(source, half), target, grid, seen, size)!;
    expect(driven[28 * size + 25]).toBe(label.nose);
    expect(driven[28 * size + 38]).toBe(label.skin);
    const fringe = source.map((l, i) => (i < 30 * size ? label.hair : l));
    expect(driveLabels(sourceOf(fringe), target, grid, seen, size)![25 * size + 25]).toBe(label.nose);
    expect(driveLabels(sourceOf(source, new Float32Array(49)), target, grid, seen, size)).toBeUndefined();
  });
  it('swaps into the head of the target: its hair and neck stay, holes become skin under the mask', () => {
    const regions = Uint8Array.from({ length: 12 }, (_, l) => (l === 6 ? 1 : 0));
    const { probabilities } = sourceOf(target);
    const { labels, mask } = swapFace({
      ...{ size, probabilities, labels: target, regions, source: sourceOf(source) },
      landmarks: { points: grid, driven: grid, visibility: seen },
    });
    target.forEach((l, i) => {
      if (l === label.hair) expect(labels[i]).toBe(l);
    });
    expect(width(labels, 28, label.nose)).toBe(8);
    expect(labels[28 * size + 25]).toBe(label.skin);
    expect(mask[28 * size + 25]).toBe(1);
    expect(labels[60 * size + 31]).toBe(label.belowface);
  });
});
