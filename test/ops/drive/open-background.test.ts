import { describe, expect, it } from 'vitest';
import { label, regionCount } from '../../../src/core/regions.ts';
import { growMask, openBackground } from '../../../src/ops/drive/open-background.ts';
import { swapFace } from '../../../src/ops/drive/swap-face.ts';

const size = 128;
const area = size * size;
const [cx, cy, radius] = [64, 64, 40];

/** 68 landmarks: the face's round outline and rings inside, the eyes in the row y = 54. */
function landmarks(wider = 0): Float32Array {
  const points = new Float32Array(2 * 68);
  for (let p = 0; p < 68; p++) {
    const r = p < 17 ? radius + wider : p < 36 ? 26 : 14;
    const turn = p < 17 ? p / 17 : p < 36 ? (p - 17) / 19 : (p - 36) / 32;
    points[2 * p] = cx + r * Math.cos(2 * Math.PI * turn);
    points[2 * p + 1] = cy + r * Math.sin(2 * Math.PI * turn);
    if (p >= 36 && p < 48) points[2 * p + 1] = 54;
  }
  return points;
}

const fromCentre = (i: number): number => Math.hypot((i % size) + 0.5 - cx, Math.floor(i / size) + 0.5 - cy);
/** A round face on background; and one with a stick in front that comes in from the right. */
const bare = Uint8Array.from({ length: area }, (_, i) =>
  fromCentre(i) < radius ? label.skin : label.background,
);
const isStick = (i: number): boolean => i % size > 80 && Math.abs(Math.floor(i / size) - 80) < 4;
const covered = bare.map((l, i) => (isStick(i) ? label.background : l));

function probabilitiesOf(labels: Uint8Array): Float32Array {
  const out = new Float32Array(regionCount * area);
  labels.forEach((l, i) => {
    out[l * area + i] = 1;
  });
  return out;
}

describe('openBackground', () => {
  it('is open beside and below the face, from the eyes down, and not far away', () => {
    const open = openBackground(bare, landmarks(), size)!;
    const at = (x: number, y: number): number => open[y * size + x]!;
    expect(at(64, 108)).toBe(1);
    expect(at(108, 64)).toBe(1);
    expect(at(20, 70)).toBe(1);
    expect(at(64, 20)).toBe(0);
    expect(at(125, 64)).toBe(0);
    open.forEach((o, i) => {
      if (o) expect(bare[i]).toBe(label.background);
    });
  });
  it('is not open near what lies in front of the face', () => {
    const open = openBackground(covered, landmarks(), size)!;
    for (let i = 0; i < area; i++) if (isStick(i) && i % size < 112) expect(open[i]).toBe(0);
    expect(open[64 * size + 20]).toBe(1);
  });
  it('is nothing where no background is seen, nor with fewer than 68 landmarks', () => {
    expect(openBackground(new Uint8Array(area).fill(label.hair), landmarks(), size)).toBeUndefined();
    expect(openBackground(bare, new Float32Array(10), size)).toBeUndefined();
  });
});

describe('growMask', () => {
  it('covers what the new face covers of open background, whole over the old rim', () => {
    const wide = Uint8Array.from({ length: area }, (_, i) => (fromCentre(i) < radius + 6 ? label.skin : 0));
    const open = bare.map((l) => (l === label.background ? 1 : 0));
    // As softForeground leaves it: half at the rim, nothing outside.
    const mask = Float32Array.from({ length: area }, (_, i) =>
      Math.min(1, Math.max(0, (radius - fromCentre(i)) / 3)),
    );
    growMask(mask, wide, open, size);
    for (const x of [100, 103, 105, 107]) expect(mask[64 * size + x]).toBe(1);
    expect(mask[64 * size + 112]).toBe(0);
    // A face that reaches the border of the crop does not end there at a line.
    const beyond = new Uint8Array(area).fill(label.skin);
    const none = new Float32Array(area);
    growMask(none, beyond, new Uint8Array(area).fill(1), size);
    expect(none[64 * size + 127]!).toBeLessThan(0.05);
    expect(none[64 * size + 118]).toBeGreaterThan(0.99);
    const before = mask.slice();
    growMask(mask, bare, open, size);
    expect(mask).toEqual(before);
  });
});

describe('swapFace', () => {
  const regions = Uint8Array.from({ length: regionCount }, (_, l) => (l === label.skin ? 1 : 0));
  const swap = (labels: Uint8Array, wider: number) =>
    swapFace({
      ...{ size, labels, probabilities: probabilitiesOf(labels), regions, source: undefined },
      landmarks: { points: landmarks(), driven: landmarks(wider), visibility: new Float32Array(68).fill(1) },
    });
  it('lets a wider face cover the background, and keeps what lies in front', () => {
    const { labels, mask } = swap(bare, 6);
    expect(labels[64 * size + 107]).toBe(label.skin);
    expect(mask[64 * size + 106]).toBeGreaterThan(0.99);
    expect(labels[64 * size + 116]).toBe(label.background);
    expect(labels.includes(label.belowface)).toBe(false);
    const behind = swap(covered, 6);
    for (let i = 0; i < area; i++) {
      if (!isStick(i) || i % size > 110) continue;
      expect(behind.labels[i]).toBe(label.background);
      expect(behind.mask[i]!).toBeLessThanOrEqual(0.5);
    }
  });
  it('fills what a narrower face leaves with skin: what is behind is not known', () => {
    const { labels } = swap(bare, -6);
    expect(labels[64 * size + 101]).toBe(label.skin);
    expect(labels[64 * size + 107]).toBe(label.background);
  });
});
