import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { label } from '../../src/core/regions.ts';
import { multiBandE4s } from '../../src/ops/blend/multi-band-e4s.ts';
import { pasteSquareE4s } from '../../src/ops/blend/paste-square-e4s.ts';
import { softErosionE4s } from '../../src/ops/blend/soft-erosion-e4s.ts';
import { anchorsFromPoints, ffhqQuad } from '../../src/ops/geometry/ffhq-quad.ts';
import { cropSpace } from '../../src/ops/geometry/quad.ts';
import { smoothQuadsE4s } from '../../src/ops/geometry/smooth-quads-e4s.ts';
import { cropQuadE4s, type RgbImage } from '../../src/ops/image/crop-quad-e4s.ts';
import { feedCrop } from '../../src/ops/image/feed-crop.ts';
import { swapLabelMaps, swapLabelMapsHoleFirst } from '../../src/ops/labels/swap-label-maps.ts';
import { formulaImage, formulaLabels, hasParity, parityFolder } from '../helpers/formula.ts';
import { parityArray, parityArrays } from '../helpers/npz.ts';

// The published functions' own numbers (shared/reference/parity); skipped where they are not there.

/** A formula image as interleaved 8-bit RGB. */
function formulaRgb(seed: string, height: number, width: number): RgbImage {
  const image = formulaImage(seed, height, width);
  const area = height * width;
  const data = new Uint8Array(area * 3);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) data[i * 3 + c] = Math.fround(Math.fround(image[c * area + i]! + 1) * 127.5);
  }
  return { data, width, height };
}

function json<T>(name: string): T {
  return JSON.parse(readFileSync(join(parityFolder, `${name}.json`), 'utf8')) as T;
}

function differences(a: ArrayLike<number>, b: ArrayLike<number>): { most: number; mean: number } {
  expect(a.length).toBe(b.length);
  let [most, sum] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    most = Math.max(most, difference);
    sum += difference;
  }
  return { most, mean: sum / a.length };
}

describe.runIf(hasParity)('geometry and pixels as published', () => {
  it('gives the FFHQ quads and inverse transforms (ffhq_align, 1e-6 relative)', () => {
    const { landmarks, quad, inverse_coefficients: inverse } = parityArrays('ffhq_align.npz');
    for (let n = 0; n < 20; n++) {
      const ours = ffhqQuad(anchorsFromPoints(landmarks!.data.subarray(n * 136, n * 136 + 136)));
      const theirs = quad!.data.subarray(n * 8, n * 8 + 8);
      ours.forEach((v, i) =>
        expect(Math.abs(v - theirs[i]!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(theirs[i]!))),
      );
      const { cropFromFrame } = cropSpace(
        ours.map((v) => v + 0.5),
        1024,
      );
      for (let k = 0; k < 8; k++) {
        const wanted = inverse!.data[n * 8 + k]!;
        expect(Math.abs(cropFromFrame[k]! - wanted)).toBeLessThan(1e-6 * Math.max(1, Math.abs(wanted)));
      }
    }
  });

  it('cuts aligned crops (ffhq_crop, 1 level mean)', async () => {
    const { cases } = json<{ cases: { quad: number[][]; file: string }[] }>('ffhq_crop');
    const frame = formulaRgb('align/frame', 360, 640);
    for (const { quad, file } of cases) {
      const ours = cropQuadE4s(frame, Float64Array.from(quad.flat()), 256);
      const theirs = await sharp(join(parityFolder, file)).removeAlpha().raw().toBuffer();
      const { most, mean } = differences(ours.data, theirs);
      expect(mean).toBeLessThan(0.02);
      expect(most).toBeLessThanOrEqual(1);
    }
  });

  it('reduces large faces first (ffhq_crop_shrink, 1 level mean)', () => {
    const { input } = json<{ input: { quad: number[][] } }>('ffhq_crop_shrink');
    const ours = cropQuadE4s(formulaRgb('align/big', 1080, 1440), Float64Array.from(input.quad.flat()), 256);
    const { most, mean } = differences(ours.data, parityArray('ffhq_crop_shrink.npy').data);
    expect(mean).toBeLessThan(0.05);
    expect(most).toBeLessThanOrEqual(1);
  });

  it('steadies quads over a clip (quad_smooth, 1e-6)', () => {
    const { data } = parityArray('quad_smooth_landmarks.npy');
    const quads = Array.from({ length: 40 }, (_, n) =>
      ffhqQuad(anchorsFromPoints(data.subarray(n * 136, n * 136 + 136))),
    );
    const ours = smoothQuadsE4s(quads).flatMap((quad) => [...quad]);
    expect(differences(ours, parityArray('quad_smooth.npy').data).most).toBeLessThan(1e-6);
  });

  it('makes the input of the parser (parser_preprocess, 2e-3)', () => {
    const { data } = formulaRgb('parser/image', 1024, 1024);
    const area = 1024 * 1024;
    const crop = new Float32Array(3 * area);
    for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) crop[c * area + i] = data[i * 3 + c]! / 255;
    const feed = {
      ...({ layout: 'NCHW', channels: 'RGB' } as const),
      ...({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const),
    };
    const ours = feedCrop({ crop, size: 1024, netSize: 512, feed });
    const sampled: number[] = [];
    for (let c = 0; c < 3; c++) {
      for (let y = 1; y < 512; y += 4)
        for (let x = 2; x < 512; x += 4) sampled.push(ours[(c * 512 + y) * 512 + x]!);
    }
    expect(differences(sampled, parityArray('parser_input.npy').data).most).toBeLessThan(2e-3);
    const border: number[] = [];
    for (const row of [0, 511]) {
      for (let c = 0; c < 3; c++) for (let x = 0; x < 512; x++) border.push(ours[(c * 512 + row) * 512 + x]!);
    }
    for (const column of [0, 511]) {
      for (let c = 0; c < 3; c++)
        for (let y = 0; y < 512; y++) border.push(ours[(c * 512 + y) * 512 + column]!);
    }
    expect(differences(border, parityArray('parser_input_border.npy').data).most).toBeLessThan(2e-3);
  });
});

describe.runIf(hasParity)('label maps as published', () => {
  const size = 128;
  const cut = (data: ArrayLike<number>, n: number): Uint8Array =>
    (data as Uint8Array).subarray(n * size * size, (n + 1) * size * size);

  it('swaps label maps and tells the holes (mask_swap, exact)', () => {
    const { source, target, swapped, hole } = parityArrays('mask_swap.npz');
    for (let n = 0; n < 14; n++) {
      const ours = swapLabelMaps(cut(source!.data, n), cut(target!.data, n));
      expect(differences(ours.labels, cut(swapped!.data, n)).most).toBe(0);
      expect(
        differences(
          ours.holes,
          cut(hole!.data, n).map((v) => (v > 0 ? 1 : 0)),
        ).most,
      ).toBe(0);
    }
  });

  it('swaps label maps as the journal version (mask_swap_v2, exact)', () => {
    const { source, target } = parityArrays('mask_swap.npz');
    const swapped = parityArray('mask_swap_v2_swapped.npy').data;
    const hole = parityArray('mask_swap_v2_hole.npy').data;
    for (let n = 0; n < 14; n++) {
      const ours = swapLabelMapsHoleFirst(cut(source!.data, n), cut(target!.data, n), size);
      expect(differences(ours.labels, cut(swapped, n)).most).toBe(0);
      expect(
        differences(
          ours.holes,
          cut(hole, n).map((v) => (v > 0 ? 1 : 0)),
        ).most,
      ).toBe(0);
    }
  });

  it('leaves a face in its own place as it is', () => {
    const labels = formulaLabels(64, 64, { drop: [label.hair] });
    const { labels: swapped, holes } = swapLabelMaps(labels, labels);
    expect(differences(swapped, labels).most).toBe(0);
    expect(holes.includes(1)).toBe(false);
  });
});

describe.runIf(hasParity)('blending as published', () => {
  it('blends band by band (blend_multiband, 2 levels)', () => {
    const a = formulaRgb('blend/a', 1024, 1024);
    const b = formulaRgb('blend/b', 1024, 1024);
    const labels = formulaLabels(1024, 1024, { dx: 0.02 });
    const mask = Float32Array.from(labels, (l) => ([1, 2, 3, 5, 6, 9, 10].includes(l) ? 1 : 0));
    const ours = multiBandE4s(a.data, b.data, mask, 1024);
    const sampled: number[] = [];
    for (let y = 4; y < 1024; y += 8) {
      for (let x = 4; x < 1024; x += 8)
        for (let c = 0; c < 3; c++) sampled.push(ours[(y * 1024 + x) * 3 + c]!);
    }
    expect(differences(sampled, parityArray('blend_multiband.npy').data).most).toBeLessThanOrEqual(2);
  });

  it('pastes the whole square back (paste_back, 1 level)', () => {
    const { input } = json<{ input: { quad: number[][] } }>('paste_back');
    const { cropFromFrame } = cropSpace(
      Float64Array.from(input.quad.flat(), (v) => v + 0.5),
      1024,
    );
    const frame = formulaRgb('paste/frame', 360, 640);
    const ours = pasteSquareE4s(frame, formulaRgb('paste/crop', 1024, 1024), cropFromFrame);
    const { most, mean } = differences(ours.data, parityArray('paste_back.npy').data);
    expect(mean).toBeLessThan(0.01);
    expect(most).toBeLessThanOrEqual(1);
  });

  it('softens masks inwards (soft_erosion, 1e-4)', () => {
    const labels = formulaLabels(512, 512, { dx: 0.02 });
    const ours = softErosionE4s(
      Float32Array.from(labels, (l) => ([1, 2, 3, 5, 6, 9, 10].includes(l) ? 1 : 0)),
      512,
    );
    const sampled: number[] = [];
    for (let y = 1; y < 512; y += 2) for (let x = 1; x < 512; x += 2) sampled.push(ours[y * 512 + x]!);
    expect(differences(sampled, parityArray('soft_erosion.npy').data).most).toBeLessThan(1e-4);
    expect(softErosionE4s(new Float32Array(64), 8).every((v) => v === 0)).toBe(true);
  });
});
