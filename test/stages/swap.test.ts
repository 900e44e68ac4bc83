import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ParsedFace } from '../../src/core/faces.ts';
import { Frame, FramePool } from '../../src/core/frame.ts';
import { Item } from '../../src/core/item.ts';
import { faceRegions, label, regionNames } from '../../src/core/regions.ts';
import { Scope } from '../../src/core/scope.ts';
import { openPixelPool, type PixelPool } from '../../src/nets/pixels.ts';
import type { RegionStyles } from '../../src/ops/style/styles.ts';
import { blend } from '../../src/stages/blend.ts';
import { generate } from '../../src/stages/generate.ts';
import { invert } from '../../src/stages/invert.ts';
import { smooth } from '../../src/stages/smooth.ts';
import { swap, type SwapEntry } from '../../src/stages/swap.ts';
import { StageTimings } from '../../src/stages/timings.ts';
import { cutCrop, paintFrame, similarity } from '../ops/blend/crop.ts';

const size = 64;
const area = size * size;
const parts = [1] as const;

/** A disc of skin with a fringe of hair, in the middle of the crop. */
const labels = Uint8Array.from({ length: area }, (_, i) => {
  const x = (i % size) + 0.5 - size / 2;
  const y = Math.floor(i / size) + 0.5 - size / 2;
  if (Math.hypot(x, y) > 24) return label.background;
  if (y < -12) return label.hair;
  return Math.hypot(x, y - 8) < 8 ? label.lip : label.skin;
});
const probabilities = new Float32Array(12 * area);
labels.forEach((l, i) => {
  probabilities[l * area + i] = 1;
});

function styles(value: number, empty: readonly number[] = []): RegionStyles {
  const counts = new Int32Array(12).fill(20);
  const vectors = new Float32Array(12).fill(value);
  for (const region of empty) counts[region] = vectors[region] = 0;
  return { vectors, counts };
}

type Log = { encoded: number[]; mapped: Float32Array[]; generated: number; swapped: number[] };

/** Runs frames with one face each through the five stages; the generator paints each region in its code's grey. */
async function run(
  frameCount: number,
  entry: Partial<SwapEntry>,
  { isFaceIn = (): boolean => true, isChosen = (): boolean => true } = {} as {
    isFaceIn?: (index: number) => boolean;
    isChosen?: () => boolean;
  },
): Promise<{ before: Uint8Array; after: Uint8Array[]; log: Log; pool: FramePool; order: number[] }> {
  const { data, layout } = paintFrame('yuv420p', 96, 80);
  const { frameFromCrop, cropFromFrame } = similarity(size, 64, 48, 40, 0);
  const color = { matrix: 'bt709', range: 'limited' } as const;
  const pool = new FramePool(frameCount + 1, layout.bytes);
  const items: Item<ParsedFace>[] = [];
  for (let index = 0; index < frameCount; index++) {
    const buffer = await pool.acquire();
    buffer.set(data);
    const format = { layout, color, timeBase: { num: 1, den: 25 } };
    const frame = new Frame({ index, pts: index, isSceneStart: false, format, data: buffer, pool });
    const face = {
      trackId: 7,
      isBridged: false,
      cropFromFrame,
      frameFromCrop,
      cropSize: size,
      crop: cutCrop(data, layout, frameFromCrop, size),
      labels,
      probabilities,
      shape: {
        points: new Float32Array(0),
        visibility: new Float32Array(0),
        pose: { yaw: 0, pitch: 0, roll: 0 },
        identity: new Float32Array(0),
        expression: new Float32Array(0),
      },
    } as unknown as ParsedFace;
    items.push(new Item(frame, isFaceIn(index) ? [face] : []));
  }
  const log: Log = { encoded: [], mapped: [], generated: 0, swapped: [] };
  const scope = new Scope();
  let shared: PixelPool | undefined;
  const openPixels = (): PixelPool => (shared ??= openPixelPool(1, scope));
  const context = { scope, tell: () => undefined, timings: new StageTimings() };
  const whole: SwapEntry = {
    styles: styles(0.9),
    identity: new Float32Array(0),
    light: { skin: [0.5, 0.5, 0.5], eyes: [0, 0, 0], skinPixels: 10, eyePixels: 0 },
    labels: undefined,
    detail: undefined,
    kept: new Uint8Array(12),
    iris: undefined,
    amounts: Float32Array.from(regionNames, (name) => (faceRegions.includes(name) ? 1 : 0)),
    shape: 1,
    ...entry,
  };
  let frameNow = 0;
  const result = await lastValueFrom(
    from(items).pipe(
      invert({
        keyFrameEvery: 4,
        openEncoder: () =>
          Promise.resolve(() => {
            log.encoded.push(frameNow++);
            return Promise.resolve(styles(0.1));
          }),
      }).in(context),
      smooth({ radius: 1, parts: () => parts }).in(context),
      swap({
        openEntries: () => Promise.resolve([whole]),
        entryOf: () => (isChosen() ? 0 : undefined),
        basis: undefined,
        parts: () => parts,
        openMapper: () =>
          Promise.resolve((vectors) => {
            log.mapped.push(vectors);
            return Promise.resolve(vectors);
          }),
        openPixels,
      }).in(context),
      generate({
        openGenerator: () =>
          Promise.resolve((faces) => {
            log.generated += faces.length;
            return Promise.resolve(
              faces.map(({ codes, labels }) =>
                Float32Array.from({ length: 3 * area }, (_, i) => codes[labels[i % area]!]!),
              ),
            );
          }),
      }).in(context),
      blend({ isLightMatched: false, openPixels, onSwapped: (index) => log.swapped.push(index) }).in(context),
      toArray(),
    ),
  );
  const after = result.map((item) => Uint8Array.from(item.frame.data));
  const order = result.map((item) => item.frame.index);
  for (const item of result) item.release();
  await scope.close();
  return { before: data, after, log, pool, order };
}

const luma = (frame: Uint8Array, x: number, y: number): number => frame[y * 96 + x]!;

describe('invert, smooth, swap, generate, blend', () => {
  it('replaces the face, keeps hair and what lies around, and lets every buffer go', async () => {
    const { before, after, log, pool, order } = await run(3, {});
    expect(order).toEqual([0, 1, 2]);
    expect(log.generated).toBe(3);
    expect(log.swapped).toEqual([0, 1, 2]);
    for (const frame of after) {
      // 0.9 in limited range.
      expect(luma(frame, 40, 36)).toBeCloseTo(16 + 219 * 0.9, -1);
      expect(luma(frame, 48, 20)).toBe(luma(before, 48, 20));
      expect(luma(frame, 5, 5)).toBe(luma(before, 5, 5));
    }
    expect(pool.free).toBe(pool.size);
  });
  it('leaves frames without a face, and faces that are not chosen, bit by bit as they are', async () => {
    const none = await run(3, {}, { isFaceIn: (index) => index !== 1 });
    expect(none.after[1]).toEqual(none.before);
    expect(none.log.swapped).toEqual([0, 2]);
    const other = await run(2, {}, { isChosen: () => false });
    for (const frame of other.after) expect(frame).toEqual(other.before);
    expect(other.log.generated).toBe(0);
  });
  it('encodes the target on key frames only and maps codes once while they do not change', async () => {
    const { log } = await run(9, {});
    expect(log.encoded).toHaveLength(3);
    expect(log.mapped.length).toBeLessThanOrEqual(7);
    for (const vectors of log.mapped) expect(vectors[label.skin]).toBeCloseTo(0.9, 5);
  });
  it('takes texture only in the chosen regions, as far as told', async () => {
    const amounts = new Float32Array(12);
    amounts[label.lip] = 0.5;
    const { before, after, log } = await run(1, { amounts, shape: 0 });
    expect(log.mapped[0]![label.lip]).toBeCloseTo(0.5, 5);
    expect(log.mapped[0]![label.skin]).toBeCloseTo(0.1, 5);
    // Only the lip is pasted.
    expect(luma(after[0]!, 48, 48)).toBeCloseTo(16 + 219 * 0.5, -1);
    expect(luma(after[0]!, 48, 34)).toBe(luma(before, 48, 34));
  });
  it('falls back to the target where the photo does not show a region', async () => {
    const { log } = await run(1, { styles: styles(0.9, [label.mouth]) });
    expect(log.mapped[0]![label.mouth]).toBeCloseTo(0.1, 5);
  });
});
