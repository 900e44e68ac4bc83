import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Frame, FramePool, frameLayout } from '../../src/core/frame.ts';
import { Item } from '../../src/core/item.ts';
import { Scope } from '../../src/core/scope.ts';
import type { RegionStyles } from '../../src/ops/style/styles.ts';
import type { InvertedFace } from '../../src/stages/invert.ts';
import { smooth } from '../../src/stages/smooth.ts';
import { StageTimings } from '../../src/stages/timings.ts';

const layout = frameLayout('yuv420p', 2, 2);
const format = {
  layout,
  color: { matrix: 'bt709', range: 'limited' },
  timeBase: { num: 1, den: 25 },
} as const;

function styles(value: number): RegionStyles {
  return { vectors: new Float32Array(24).fill(value), counts: new Int32Array(12).fill(9) };
}

type Given = { yaw: number; trackId?: number; isBridged?: boolean; style?: number };

/** Runs smooth over frames with the given faces and reads what comes out. */
async function run(
  frames: readonly (readonly Given[] | 'cut')[],
  radius: number,
): Promise<{ out: { yaw: number; style: number; index: number; roll: number }[][]; pool: FramePool }> {
  const pool = new FramePool(frames.length + 1, layout.bytes);
  const items: Item<InvertedFace>[] = [];
  let isSceneStart = false;
  for (const faces of frames) {
    if (faces === 'cut') {
      isSceneStart = true;
      continue;
    }
    const index = items.length;
    const frame = new Frame({ index, pts: index, isSceneStart, format, data: await pool.acquire(), pool });
    isSceneStart = false;
    items.push(
      new Item(
        frame,
        faces.map(({ yaw, trackId = 0, isBridged = false, style = yaw }) => ({
          trackId,
          isBridged,
          styles: styles(style),
          light: { skin: [0.5, 0.5, 0.5], eyes: [0, 0, 0], skinPixels: 10, eyePixels: 0 },
          shape: {
            points: new Float32Array(4),
            visibility: new Float32Array(2),
            pose: { yaw, pitch: 0, roll: yaw > 0 ? 179 : -179 },
            identity: Float32Array.of(yaw),
            expression: new Float32Array(1),
          },
        })) as unknown as InvertedFace[],
      ),
    );
  }
  const context = { scope: new Scope(), tell: () => undefined, timings: new StageTimings() };
  const stage = smooth({ radius, parts: () => [2] });
  const result = await lastValueFrom(from(items).pipe(stage.in(context), toArray()));
  const out = result.map((item) =>
    item.faces.map((face) => ({
      index: item.frame.index,
      yaw: face.shape.pose.yaw,
      roll: face.shape.pose.roll,
      style: face.styles.vectors[0]!,
    })),
  );
  for (const item of result) item.release();
  await context.scope.close();
  return { out, pool };
}

describe('smooth', () => {
  it('hands frames on in order, all of them, and lets every buffer go', async () => {
    const { out, pool } = await run([[{ yaw: 0 }], [], [{ yaw: 1 }], [{ yaw: 2 }], []], 3);
    expect(out.map((faces) => faces.length)).toEqual([1, 0, 1, 1, 0]);
    expect(pool.free).toBe(pool.size);
  });
  it('averages within a centred window', async () => {
    const { out } = await run([[{ yaw: 0 }], [{ yaw: 0 }], [{ yaw: 9 }], [{ yaw: 0 }], [{ yaw: 0 }]], 1);
    const yaws = out.map((faces) => faces[0]!.yaw);
    expect(yaws[0]).toBe(0);
    expect(yaws[1]).toBeCloseTo(yaws[3]!, 6);
    expect(yaws[1]).toBeGreaterThan(0);
    expect(yaws[2]).toBeLessThan(9);
    expect(out[2]![0]!.style).toBeCloseTo(yaws[2]!, 5);
  });
  it('keeps a steady face exactly as it is', async () => {
    const { out } = await run(
      Array.from({ length: 9 }, () => [{ yaw: 5 }]),
      3,
    );
    for (const faces of out) expect(faces[0]!.yaw).toBeCloseTo(5, 6);
  });
  it('never looks across a cut', async () => {
    const { out } = await run([[{ yaw: 0 }], [{ yaw: 0 }], 'cut', [{ yaw: 8 }], [{ yaw: 8 }]], 3);
    expect(out.map((faces) => faces[0]!.yaw)).toEqual([0, 0, 8, 8]);
  });
  it('never looks across a gap, bridged or not', async () => {
    const bridged = await run([[{ yaw: 0 }], [{ yaw: 4, isBridged: true }], [{ yaw: 8 }], [{ yaw: 8 }]], 3);
    expect(bridged.out.map((faces) => faces[0]!.yaw)).toEqual([0, 4, 8, 8]);
    const lost = await run([[{ yaw: 0 }], [], [{ yaw: 8 }]], 3);
    expect(lost.out.flat().map((face) => face.yaw)).toEqual([0, 8]);
  });
  it('keeps the faces of two people apart', async () => {
    const both = [
      { yaw: 0, trackId: 1 },
      { yaw: 8, trackId: 2 },
    ];
    const { out } = await run([both, both, both], 1);
    expect(out[1]!.map((face) => face.yaw)).toEqual([0, 8]);
  });
  it('averages roll on the circle', async () => {
    const { out } = await run([[{ yaw: 1 }], [{ yaw: -1 }], [{ yaw: 1 }]], 1);
    expect(Math.abs(out[1]![0]!.roll)).toBeGreaterThan(178);
  });
  it('is the identity at radius 0 and for a track shorter than the window', async () => {
    expect((await run([[{ yaw: 3 }], [{ yaw: 7 }]], 0)).out.flat().map((face) => face.yaw)).toEqual([3, 7]);
    expect((await run([[{ yaw: 3 }]], 6)).out[0]![0]!.yaw).toBe(3);
  });
});
