import { describe, expect, it } from 'vitest';
import { label, regionCount } from '../../../src/core/regions.ts';
import { blendFace } from '../../../src/ops/blend/blend-face.ts';
import { keepOccluders } from '../../../src/ops/blend/keep-occluders.ts';
import { swapFace } from '../../../src/ops/drive/swap-face.ts';
import { cutCrop, paintFrame, similarity } from './crop.ts';

const size = 256;
const area = size * size;
const regions = Uint8Array.from({ length: regionCount }, (_, l) => (l === label.background ? 0 : 1));

/** A face of skin all over, and how likely background is on it. */
function skinWith(background: (x: number, y: number) => number): Float32Array {
  const probabilities = new Float32Array(regionCount * area);
  for (let i = 0; i < area; i++) {
    const p = background(i % size, Math.floor(i / size));
    probabilities[label.background * area + i] = p;
    probabilities[label.skin * area + i] = 1 - p;
  }
  return probabilities;
}

const inBox = (x: number, y: number, x0: number, y0: number, x1: number, y1: number): boolean =>
  x >= x0 && x < x1 && y >= y0 && y < y1;

describe('keepOccluders', () => {
  it('follows a hand from its sure palm into its doubted fingers, and no doubt that hangs on nothing', () => {
    const palm = (x: number, y: number): boolean => inBox(x, y, 80, 150, 160, 230);
    const finger = (x: number, y: number): boolean => inBox(x, y, 100, 90, 116, 150);
    const alone = (x: number, y: number): boolean => inBox(x, y, 190, 90, 206, 150);
    const probabilities = skinWith((x, y) => (palm(x, y) ? 0.95 : finger(x, y) || alone(x, y) ? 0.3 : 0.02));
    const mask = new Float32Array(area).fill(1);
    keepOccluders(mask, probabilities, size);
    const wrong: number[] = [];
    for (let i = 0; i < area; i++) {
      const [x, y] = [i % size, Math.floor(i / size)];
      const wanted = finger(x, y) ? 0 : inBox(x, y, 99, 89, 117, 151) ? mask[i] : 1;
      if (mask[i] !== wanted) wrong.push(i);
    }
    expect(wrong).toEqual([]);
    expect(mask[120 * size + 99]).toBe(0.5);
  });

  it('leaves the soft rims of contours to the mask', () => {
    // Background to the left, and four pixels of doubt at its border.
    const probabilities = skinWith((x) => Math.min(1, Math.max(0, (100 - x) / 5)));
    const mask = new Float32Array(area).fill(1);
    keepOccluders(mask, probabilities, size);
    expect(mask.every((a) => a === 1)).toBe(true);
  });
});

describe('what lies in front of a face', () => {
  it('keeps its own pixels exactly, but for a border of two', () => {
    // The frame's pixels are the crop's; a bar in front with the soft edges of a parser.
    const { data, layout } = paintFrame('yuv444p', size, size);
    const { frameFromCrop, cropFromFrame } = similarity(size, size, size / 2, size / 2, 0);
    const distance = (x: number): number => Math.abs(x + 0.5 - 128) - 24;
    const probabilities = skinWith((x) => Math.min(1, Math.max(0, 0.5 - distance(x) / 4)));
    const labels = new Uint8Array(area);
    for (let i = 0; i < area; i++) labels[i] = distance(i % size) < 0 ? label.background : label.skin;
    const swapped = swapFace({
      ...{ size, probabilities, labels, regions },
      landmarks: undefined,
      source: undefined,
    });
    const crop = cutCrop(data, layout, frameFromCrop, size);
    const before = Uint8Array.from(data);
    blendFace({
      ...{ data, layout, frameFromCrop, cropFromFrame, size, crop },
      color: { matrix: 'bt709', range: 'limited' },
      generated: new Float32Array(3 * area).fill(0.9),
      labels: swapped.labels,
      targetLabels: labels,
      mask: swapped.mask,
      targetSkin: swapped.targetSkin,
      tone: undefined,
      detail: undefined,
      kept: { regions: new Uint8Array(regionCount), map: undefined, iris: undefined },
    });
    let changed = 0;
    const touched: string[] = [];
    for (let i = 0; i < area; i++) {
      const x = i % size;
      for (let p = 0; p < 3; p++) {
        if (distance(x) < -2 && data[p * area + i] !== before[p * area + i]) touched.push(`${p} ${x} ${i}`);
      }
      if (distance(x) > 4 && x > 20 && x < size - 20 && data[i] !== before[i]) changed += 1;
    }
    expect(touched).toEqual([]);
    expect(changed).toBeGreaterThan(area / 3);
  });
});
