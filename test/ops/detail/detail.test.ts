import { describe, expect, it } from 'vitest';
import { label, regionCount } from '../../../src/core/regions.ts';
import { addDetail } from '../../../src/ops/detail/add-detail.ts';
import { keepTarget } from '../../../src/ops/detail/keep-target.ts';
import { keptRegions } from '../../../src/ops/detail/kept-regions.ts';
import { isSamePhoto, photoView } from '../../../src/ops/drive/photo-map.ts';
import { sourceDetail } from '../../../src/ops/detail/source-detail.ts';

const size = 64;
const area = size * size;
/** A grid of landmarks over the middle of the crop; fewer than 69, so all of them count. */
const points = Float32Array.from({ length: 2 * 36 }, (_, i) => {
  const p = i >> 1;
  return 14 + 7 * (i % 2 === 0 ? p % 6 : Math.floor(p / 6));
});
const seen = new Float32Array(36).fill(1);
const skin = new Uint8Array(area).fill(label.skin);
const all = new Float32Array(regionCount).fill(1);
const flat = (value: number): Float32Array => new Float32Array(3 * area).fill(value);

/** A photo of grey skin with one dark mole of 3x3 pixels around (x, y). */
function withMole(x: number, y: number, depth = 0.5): Float32Array {
  const image = flat(0.5);
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      for (let c = 0; c < 3; c++) image[c * area + (y + dy) * size + x + dx]! *= depth;
    }
  }
  return image;
}

function darkest(image: Float32Array): { x: number; y: number; value: number } {
  let at = 0;
  for (let i = 0; i < area; i++) if (image[i]! < image[at]!) at = i;
  return { x: at % size, y: Math.floor(at / size), value: image[at]! };
}

describe('detail of a source photo', () => {
  it('is nothing where the reconstruction is right', () => {
    const detail = sourceDetail(flat(0.4), flat(0.4), skin, points, seen);
    expect(Math.max(...detail.ratio.map(Math.abs))).toBeLessThan(1e-6);
  });

  it('takes the colour of the skin from the photo, however coarse, and its brightness from the light', () => {
    const reddish = flat(0.4).map((v, i) => (i < area ? v * 1.2 : v));
    const { ratio } = sourceDetail(flat(0.6), reddish, skin, points, seen);
    const [r, g, b] = [0, 1, 2].map((c) => 1 + ratio[c * area + 32 * size + 32]!);
    // Added to the red reconstruction the channels are equal again (the floor of dark pixels takes a little off).
    expect((r! * 1.2) / g!).toBeCloseTo(1, 1);
    expect(g).toBeCloseTo(b!, 6);
    expect(Math.abs(0.2126 * 1.2 * r! + 0.7152 * g! + 0.0722 * b! - 1.0425)).toBeLessThan(0.03);
  });

  it('leaves a coarse difference of skin to the light', () => {
    const detail = sourceDetail(flat(0.6), flat(0.4), skin, points, seen);
    const middle = 32 * size + 32;
    expect(Math.abs(detail.ratio[middle]!)).toBeLessThan(0.02);
  });

  it('comes back as the photo where it is added to the reconstruction it was read from', () => {
    const photo = withMole(30, 33);
    const detail = sourceDetail(photo, flat(0.5), skin, points, seen);
    const generated = flat(0.5);
    const input = { size, labels: skin, detail, driven: points, visibility: seen, amounts: all };
    expect(addDetail({ ...input, generated })).toBe(true);
    const found = darkest(generated);
    // All nine pixels of the mole are about as dark.
    expect(Math.abs(found.x - 30)).toBeLessThanOrEqual(1);
    expect(Math.abs(found.y - 33)).toBeLessThanOrEqual(1);
    // A mole as wide as the blur: up to half of it is taken for light and expression.
    expect(found.value).toBeLessThan(0.38);
    expect(found.value).toBeGreaterThan(0.24);
  });

  it('is the same where the way to the photo is known already from another use of that photo', () => {
    const detail = sourceDetail(withMole(30, 33), flat(0.5), skin, points, seen);
    const driven = points.map((v, i) => v + 3 * Math.sin(i));
    const input = { size, labels: skin, detail, driven, visibility: seen, amounts: all };
    const [found, expected] = [flat(0.5), flat(0.5)];
    const other = { points: points.slice(), visibility: seen.slice() };
    expect(isSamePhoto(detail, other)).toBe(true);
    addDetail({ ...input, generated: found, view: photoView(other, driven, seen, size) });
    addDetail({ ...input, generated: expected });
    expect(darkest(expected).value).toBeLessThan(0.4);
    expect(found).toEqual(expected);
    expect(isSamePhoto(detail, { ...other, points: driven })).toBe(false);
  });

  it('moves with the landmarks', () => {
    const detail = sourceDetail(withMole(30, 33), flat(0.5), skin, points, seen);
    const driven = points.map((v, i) => (i % 2 === 0 ? v + 5 : v - 3));
    const generated = flat(0.5);
    addDetail({ size, generated, labels: skin, detail, driven, visibility: seen, amounts: all });
    const found = darkest(generated);
    expect(Math.abs(found.x - 35)).toBeLessThanOrEqual(1);
    expect(Math.abs(found.y - 30)).toBeLessThanOrEqual(1);
  });

  it('stays away from other regions, from amount 0, and from what the photo hides', () => {
    const detail = sourceDetail(withMole(30, 33), flat(0.5), skin, points, seen);
    const input = { size, labels: skin, detail, driven: points, visibility: seen, amounts: all };
    const untouched = (changed: Partial<typeof input>): void => {
      const generated = flat(0.5);
      addDetail({ ...input, generated, ...changed });
      expect(darkest(generated).value).toBe(0.5);
    };
    untouched({ labels: new Uint8Array(area).fill(label.nose) });
    untouched({ amounts: new Float32Array(regionCount) });
    untouched({ visibility: new Float32Array(36) });
  });

  it('goes half way for half an amount', () => {
    const detail = sourceDetail(withMole(30, 33), flat(0.5), skin, points, seen);
    const value = (amount: number): number => {
      const generated = flat(0.5);
      const amounts = new Float32Array(regionCount).fill(amount);
      addDetail({ size, generated, labels: skin, detail, driven: points, visibility: seen, amounts });
      return darkest(generated).value;
    };
    expect(0.5 - value(0.5)).toBeCloseTo((0.5 - value(1)) / 2, 5);
  });
});

describe('regions that stay the target’s', () => {
  const styles = (pixels: number): { vectors: Float32Array; counts: Int32Array } => ({
    vectors: new Float32Array(regionCount),
    counts: new Int32Array(regionCount).fill(pixels),
  });

  it('are those without an amount and those the source does not show', () => {
    const amounts = Float32Array.from(all);
    amounts[label.lip] = 0;
    const shown = styles(50);
    shown.counts[label.mouth] = 0;
    const kept = keptRegions(shown, amounts, false);
    expect([...kept.keys()].filter((region) => kept[region] === 1)).toEqual([label.lip, label.mouth]);
  });

  it('never are hair, ears, neck or what lies in front: those are not generated over', () => {
    const kept = keptRegions(styles(0), new Float32Array(regionCount), true);
    for (const region of [label.background, label.hair, label.ears, label.belowface, label.eye_glass]) {
      expect(kept[region]).toBe(0);
    }
  });

  it('show the target’s own pixels, and nothing else changes', () => {
    const labels = Uint8Array.from(skin);
    for (let y = 28; y < 36; y++) labels.fill(label.mouth, y * size + 24, y * size + 40);
    const generated = flat(0.2);
    const regions = new Uint8Array(regionCount);
    regions[label.mouth] = 1;
    keepTarget({
      size,
      generated,
      crop: flat(0.9),
      labels,
      targetLabels: labels,
      regions,
      map: undefined,
      iris: undefined,
    });
    expect(generated[32 * size + 32]).toBeCloseTo(0.9, 6);
    expect(generated[10 * size + 10]).toBeCloseTo(0.2, 6);
  });
});
