import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { AlignedFace, TrackedFace } from '../../src/core/faces.ts';
import { Frame, FramePool, frameLayout, type VideoFormat } from '../../src/core/frame.ts';
import { Item } from '../../src/core/item.ts';
import { Scope } from '../../src/core/scope.ts';
import { openPixelPool } from '../../src/nets/pixels.ts';
import { align, type AlignSmoothing } from '../../src/stages/align.ts';
import { anchorsFromPoints, ffhqQuad } from '../../src/ops/geometry/ffhq-quad.ts';
import { pasteFace } from '../../src/ops/blend/paste-face.ts';
import { warpPlanes } from '../../src/ops/image/warp-planes.ts';
import { smallVideo, stageContext, stageContract } from '../contract/stage.ts';
import { noise, placedLandmarks, trackedFace } from '../helpers/landmarks.ts';
import { paintFrame } from '../ops/blend/crop.ts';

const openPixels = (scope: Scope) => openPixelPool(1, scope);
const centred: AlignSmoothing = { kind: 'window', radius: 6 };

type Given = {
  readonly faces: readonly TrackedFace[];
  readonly isSceneStart?: boolean;
  /** Number in the file, where frames are missing between. */
  readonly index?: number;
};

/** Runs frames with the given faces through align. */
async function run(
  given: readonly Given[],
  {
    smoothing = centred,
    video = smallVideo,
    paint,
    cropSize = 8,
    rowsBelow,
  }: {
    smoothing?: AlignSmoothing;
    video?: VideoFormat;
    paint?: Uint8Array;
    cropSize?: number;
    rowsBelow?: number;
  } = {},
): Promise<{ faces: AlignedFace[][]; frames: Uint8Array[]; pool: FramePool }> {
  const pool = new FramePool(given.length + 1, video.layout.bytes);
  const items: Item<TrackedFace>[] = [];
  for (const [at, { faces, isSceneStart = false, index = at }] of given.entries()) {
    const data = await pool.acquire();
    if (paint) data.set(paint);
    items.push(new Item(new Frame({ index, pts: index, isSceneStart, format: video, data, pool }), faces));
  }
  const scope = new Scope();
  const stage = align({ cropSize, smoothing, openPixels, rowsBelow });
  const out = await lastValueFrom(from(items).pipe(stage.in(stageContext(scope)), toArray()));
  expect(out.map((item) => item.frame.index)).toEqual(given.map(({ index }, i) => index ?? i));
  const frames = out.map((item) => item.frame.data);
  for (const item of out) item.release();
  await scope.close();
  return { faces: out.map((item) => [...item.faces]), frames, pool };
}

const face = (x: number, y = 100, facts: Partial<TrackedFace> = {}, degrees = 0, scale = 1): TrackedFace =>
  trackedFace(placedLandmarks(x, y, scale, degrees), facts);

/** Root of the mean squared distance of the corners from their mean place, in pixels. */
function jitterPx(quads: readonly Float64Array[]): number {
  const mean = new Float64Array(8);
  for (const quad of quads) quad.forEach((value, i) => (mean[i]! += value / quads.length));
  let squares = 0;
  for (const quad of quads) quad.forEach((value, i) => (squares += (value - mean[i]!) ** 2));
  return Math.sqrt(squares / (4 * quads.length));
}

/** Largest distance of a corner from where it should be. */
function offPx(quad: Float64Array, truth: Float64Array): number {
  let most = 0;
  for (let i = 0; i < 8; i += 2)
    most = Math.max(most, Math.hypot(quad[i]! - truth[i]!, quad[i + 1]! - truth[i + 1]!));
  return most;
}

/** Adds noise to every landmark. */
function shaken(points: Float32Array, px: number, next: () => number): Float32Array {
  return points.map((value) => value + px * next());
}

stageContract('align', {
  make: () => align({ cropSize: 8, smoothing: { kind: 'window', radius: 2 }, openPixels }),
  item: (frame) => new Item<TrackedFace>(frame, [face(8, 8, {}, 0, 0.05)]),
  itemWithoutFace: (frame) => new Item<TrackedFace>(frame, []),
  indexOf: (item) => item.frame.index,
});

describe('align', () => {
  it('gives the FFHQ quad, its transforms both ways and a crop of the frame', async () => {
    const { data, layout } = paintFrame('yuv420p', 320, 240);
    const video = { ...smallVideo, layout };
    const { faces } = await run([{ faces: [face(160, 110, {}, 7, 0.6)] }], {
      video,
      paint: data,
      cropSize: 64,
    });
    const [one] = faces[0]!;
    const quad = ffhqQuad(anchorsFromPoints(placedLandmarks(160, 110, 0.6, 7)));
    expect(offPx(one!.quad, quad)).toBeLessThan(1e-4);
    const m = one!.frameFromCrop;
    expect(m[0]! * 64 + m[1]! * 64 + m[2]!).toBeCloseTo(quad[4]!, 3);
    expect(one!.crop).toHaveLength(3 * 64 * 64);
    expect(one!.crop.buffer).toBeInstanceOf(SharedArrayBuffer);
    const mean = one!.crop.reduce((sum, value) => sum + value, 0) / one!.crop.length;
    expect(mean).toBeGreaterThan(0.3);
  });

  it('cuts out the rows right below the crop too, where they are wanted', async () => {
    const { data } = paintFrame('yuv420p', 640, 360);
    const video = { ...smallVideo, layout: frameLayout('yuv420p', 640, 360) };
    const given = [{ faces: [face(300, 100, {}, 12, 0.6)] }];
    const { faces, frames } = await run(given, { video, paint: data, cropSize: 64, rowsBelow: 16 });
    const { crop, below, frameFromCrop } = faces[0]![0]!;
    const planes = { data: frames[0]!, layout: video.layout, color: video.color };
    const tall = warpPlanes(planes, frameFromCrop, 64, 80);
    expect(below!.rows).toBe(16);
    const off = (c: number, y: number, x: number): number => {
      const got = y < 64 ? crop[(c * 64 + y) * 64 + x]! : below!.crop[(c * 16 + y - 64) * 64 + x]!;
      return Math.abs(got - tall[(c * 80 + y) * 64 + x]!);
    };
    for (let y = 0; y < 80; y += 3)
      for (let x = 0; x < 64; x += 5) expect(off(y % 3, y, x)).toBeLessThan(1e-4);
    expect((await run(given, { video, paint: data })).faces[0]![0]!.below).toBeUndefined();
  });
  it('keeps a still face still: 0.6 px of jitter in the quad becomes at most 0.15 px', async () => {
    for (const side of [240, 400]) {
      // Noise of each landmark on its own is harder than a network's: its points move together.
      const next = noise(side);
      const points = placedLandmarks(640, 360, side / 240, 4);
      const given = Array.from({ length: 80 }, () => ({ faces: [trackedFace(shaken(points, 0.28, next))] }));
      const raw = given.map(({ faces }) => ffhqQuad(anchorsFromPoints(faces[0]!.shape.points)));
      const { faces } = await run(given);
      expect(jitterPx(raw)).toBeGreaterThan(0.55);
      expect(jitterPx(faces.slice(6, -6).map(([one]) => one!.quad))).toBeLessThan(0.15);
    }
  });

  it('does not lag: a moving, turning, nodding face is followed to 1 % of the eye distance', async () => {
    const at = (t: number): Float32Array =>
      placedLandmarks(
        400 + 120 * Math.sin(t / 9),
        300 + 6 * t,
        1.2 + 0.2 * Math.sin(t / 14),
        15 * Math.sin(t / 11),
      );
    const given = Array.from({ length: 50 }, (_, t) => ({ faces: [trackedFace(at(t))] }));
    const { faces } = await run(given);
    faces.forEach(([one], t) => {
      const truth = ffhqQuad(anchorsFromPoints(at(t)));
      expect(offPx(one!.quad, truth)).toBeLessThan(0.03 * 72);
    });
    let worst = 0;
    let sum = 0;
    faces.forEach(([one], t) =>
      at(t).forEach((value, i) => {
        const off = Math.abs(one!.shape.points[i]! - value);
        worst = Math.max(worst, off);
        sum += off / (136 * 50);
      }),
    );
    expect(sum).toBeLessThan(0.01 * 72);
    expect(worst).toBeLessThan(0.03 * 72);
  });

  it('follows straight motion exactly, from its first frame to its last', async () => {
    const given = Array.from({ length: 20 }, (_, t) => ({ faces: [face(100 + 9 * t, 90 - 4 * t)] }));
    const { faces } = await run(given);
    faces.forEach(([one], t) => {
      const truth = ffhqQuad(anchorsFromPoints(placedLandmarks(100 + 9 * t, 90 - 4 * t)));
      expect(offPx(one!.quad, truth)).toBeLessThan(0.01);
    });
  });

  it('steadies landmarks too, and lets a mouth open in a quiet crop', async () => {
    const next = noise(5);
    const open = (t: number): Float32Array => {
      const points = placedLandmarks(300, 300, 1.5);
      for (let p = 55; p < 60; p++) points[p * 2 + 1]! += t > 15 ? 25 : 0;
      return points;
    };
    const given = Array.from({ length: 30 }, (_, t) => ({
      faces: [trackedFace(shaken(open(t), 0.5, next))],
    }));
    const { faces } = await run(given);
    const lip = faces.map(([one]) => one!.shape.points[57 * 2 + 1]!);
    expect(lip[13]! - open(13)[57 * 2 + 1]!).toBeLessThan(2);
    expect(Math.abs(lip[18]! - open(18)[57 * 2 + 1]!)).toBeLessThan(2);
    const still = faces.slice(6, -6).map(([one]) => one!.shape.points[30 * 2]!);
    const mean = still.reduce((sum, value) => sum + value, 0) / still.length;
    expect(Math.sqrt(still.reduce((sum, value) => sum + (value - mean) ** 2, 0) / still.length)).toBeLessThan(
      0.3,
    );
  });

  it('never looks across a cut', async () => {
    const given = Array.from({ length: 12 }, (_, t) => ({
      faces: [face(t < 6 ? 100 : 104)],
      isSceneStart: t === 6,
    }));
    const { faces } = await run(given);
    const lefts = faces.map(([one]) => one!.quad[0]!);
    lefts.forEach((left, t) => expect(left).toBeCloseTo(lefts[t < 6 ? 0 : 11]!, 4));
    expect(lefts[11]! - lefts[0]!).toBeCloseTo(4, 4);
  });

  it('takes single frames from all over a file, each a scene of its own', async () => {
    const { faces } = await run(
      [0, 400, 401, 3000].map((index, i) => ({ faces: [face(100 + 4 * i)], isSceneStart: true, index })),
    );
    const lefts = faces.map(([one]) => one!.quad[0]! - faces[0]![0]!.quad[0]!);
    lefts.forEach((left, i) => expect(left).toBeCloseTo(4 * i, 4));
  });

  it('never looks across a bridged gap or one where the face was lost', async () => {
    const bridged = await run(
      Array.from({ length: 9 }, (_, t) => ({
        faces: [face(100 + (t < 3 ? 0 : t < 6 ? 2 : 4), 100, { isBridged: t >= 3 && t < 6 })],
      })),
    );
    const lefts = bridged.faces.map(([one]) => one!.quad[0]! - bridged.faces[0]![0]!.quad[0]!);
    lefts.forEach((left, t) => expect(left).toBeCloseTo(t < 3 ? 0 : t < 6 ? 2 : 4, 4));
    const lost = await run([{ faces: [face(100)] }, { faces: [] }, { faces: [face(104)] }]);
    expect(lost.faces[2]![0]!.quad[0]! - lost.faces[0]![0]!.quad[0]!).toBeCloseTo(4, 4);
    expect(lost.faces[1]).toEqual([]);
  });

  it('keeps two people apart', async () => {
    const given = Array.from({ length: 8 }, () => ({
      faces: [face(100, 100, { trackId: 1 }), face(103, 100, { trackId: 2 })],
    }));
    const { faces } = await run(given);
    for (const both of faces) expect(both[1]!.quad[0]! - both[0]!.quad[0]!).toBeCloseTo(3, 4);
  });

  it('steadies without look-ahead as a one-euro filter, which begins anew after a cut', async () => {
    const next = noise(9);
    const points = placedLandmarks(640, 360, 1.2);
    const still = Array.from({ length: 60 }, () => ({ faces: [trackedFace(shaken(points, 0.5, next))] }));
    const smoothing = { kind: 'one-euro' } as const;
    expect(align({ cropSize: 8, smoothing, openPixels }).holds).toBe(1);
    const { faces } = await run(still, { smoothing });
    const raw = still.map(({ faces: [one] }) => ffhqQuad(anchorsFromPoints(one!.shape.points)));
    expect(jitterPx(faces.slice(20).map(([one]) => one!.quad))).toBeLessThan(0.6 * jitterPx(raw));
    const cut = await run(
      Array.from({ length: 8 }, (_, t) => ({ faces: [face(t < 4 ? 100 : 180)], isSceneStart: t === 4 })),
      { smoothing },
    );
    expect(cut.faces[4]![0]!.quad[0]! - cut.faces[3]![0]!.quad[0]!).toBeCloseTo(80, 3);
  });

  it.each([
    ['upside down', face(160, 110, {}, 180, 0.6)],
    ['on its side, cut by the border', face(-10, 20, {}, 90, 0.8)],
    ['larger than the frame', face(160, 120, {}, 10, 4)],
    ['of 24 px', face(300, 220, {}, 0, 0.1)],
    ['wholly outside', face(900, -500)],
  ])('cuts a crop of a face %s, in frames of odd size too', async (_, one) => {
    const { data, layout } = paintFrame('yuv420p', 321, 239);
    const video = { ...smallVideo, layout };
    const { faces } = await run([{ faces: [one] }, { faces: [one] }], { video, paint: data, cropSize: 32 });
    expect(faces[0]).toHaveLength(1);
    for (const value of faces[0]![0]!.crop) if (!Number.isFinite(value)) throw new Error('not a number');
  });

  it('gives a profile view, eyes on one line, a square of its own', async () => {
    const points = placedLandmarks(160, 120);
    for (let i = 0; i < points.length; i += 2) points[i] = 160 + (points[i]! - 160) * 0.05;
    const { faces } = await run([{ faces: [trackedFace(points)] }]);
    const { quad } = faces[0]![0]!;
    const side = Math.hypot(quad[6]! - quad[0]!, quad[7]! - quad[1]!);
    expect(side).toBeGreaterThan(150);
    expect(Math.hypot(quad[2]! - quad[0]!, quad[3]! - quad[1]!)).toBeCloseTo(side, 6);
  });

  it('leaves a face out whose landmarks are all one, or no numbers', async () => {
    const { faces } = await run([
      {
        faces: [
          trackedFace(new Float32Array(136).fill(7)),
          face(100),
          trackedFace(new Float32Array(136).fill(NaN)),
        ],
      },
    ]);
    expect(faces[0]).toHaveLength(1);
  });

  it('pastes an unchanged crop back with at most 1 level of change inside and none outside', async () => {
    for (const [format, width, height] of [
      ['yuv420p', 640, 360],
      ['yuv420p', 641, 359],
      ['yuv422p10le', 640, 360],
    ] as const) {
      const { data, layout } = paintFrame(format, width, height);
      const video = { ...smallVideo, layout };
      for (const scale of [0.4, 0.8, 1.3]) {
        const given = [{ faces: [face(320, 170, {}, 11, scale)] }];
        const { faces } = await run(given, { video, paint: data, cropSize: 256 });
        const [one] = faces[0]!;
        const after = Uint8Array.from(data);
        const mask = Float32Array.from({ length: 65536 }, (_, i) => {
          const r = Math.hypot((i % 256) - 127.5, Math.floor(i / 256) - 127.5);
          return Math.min(1, Math.max(0, (100 - r) / 8));
        });
        const { cropFromFrame, frameFromCrop, crop } = one!;
        pasteFace({
          ...{ data: after, layout, color: video.color, cropFromFrame, frameFromCrop },
          ...{
            part: { left: 0, top: 0, width: 256, height: 256 },
            before: crop,
            after: crop,
            mask,
            detailLoss: 1,
          },
        });
        const unit = layout.bitDepth === 10 ? 4 : 1;
        const [a, b] =
          unit === 4 ? [new Uint16Array(data.buffer), new Uint16Array(after.buffer)] : [data, after];
        let [inside, count, outside] = [0, 0, 0];
        layout.planes.forEach((plane, p) => {
          const sx = p === 0 ? 1 : 1 << layout.chromaShiftX;
          const sy = p === 0 ? 1 : 1 << layout.chromaShiftY;
          for (let i = 0; i < plane.width * plane.height; i++) {
            const [x, y] = [(i % plane.width) * sx + 0.5, (Math.floor(i / plane.width) + 0.5) * sy];
            const u = cropFromFrame[0]! * x + cropFromFrame[1]! * y + cropFromFrame[2]! - 128;
            const v = cropFromFrame[3]! * x + cropFromFrame[4]! * y + cropFromFrame[5]! - 128;
            const at = plane.offset / layout.bytesPerSample + i;
            const difference = Math.abs(a[at]! - b[at]!) / unit;
            if (Math.hypot(u, v) > 102 + (10 / scale) * sx) outside = Math.max(outside, difference);
            else {
              inside += difference;
              count += 1;
            }
          }
        });
        expect(count).toBeGreaterThan(1000);
        expect(inside / count).toBeLessThanOrEqual(1);
        expect(outside).toBe(0);
      }
    }
  });
});
