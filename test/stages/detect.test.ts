import { lastValueFrom } from 'rxjs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Detection } from '../../src/core/faces.ts';
import type { Frame } from '../../src/core/frame.ts';
import { Item } from '../../src/core/item.ts';
import { Scope } from '../../src/core/scope.ts';
import { detectorOf } from '../../src/nets/detector.ts';
import { openNet } from '../../src/nets/net.ts';
import type { OpenRole } from '../../src/nets/opened.ts';
import { openPixelPool } from '../../src/nets/pixels.ts';
import { photoFrame } from '../../src/pipeline/photo-frame.ts';
import { detect, type DetectOptions } from '../../src/stages/detect.ts';
import { StageTimings } from '../../src/stages/timings.ts';
import { single, stageContract } from '../contract/stage.ts';
import { astronaut, noPublicNets, openPublic, publicEntries } from '../helpers/public-nets.ts';

const options = (open: OpenRole = openPublic): DetectOptions => ({
  every: 5,
  openDetector: async (scope) => detectorOf(await open('detector', scope)),
  openPixels: (scope) => openPixelPool(1, scope),
  isFirstDetected: true,
});

describe.skipIf(noPublicNets)('detect', () => {
  stageContract('detect', {
    make: () => detect(options()),
    item: (frame) => new Item<never>(frame, []),
    itemWithoutFace: (frame) => new Item<never>(frame, []),
    indexOf: ({ frame }) => frame.index,
  });

  /** Pieces of the photo put on a canvas, as a frame. `turn` in degrees. */
  async function scene(
    width: number,
    height: number,
    parts: readonly { x: number; y: number; size: number; turn?: number }[],
  ): Promise<Frame> {
    const layers = await Promise.all(
      parts.map(async ({ x, y, size, turn = 0 }) => {
        // The head of the photo: about 100 of 160 px are face.
        const head = await sharp(astronaut)
          .extract({ left: 145, top: 20, width: 160, height: 160 })
          .toBuffer();
        return { input: await sharp(head).resize(size, size).rotate(turn).toBuffer(), left: x, top: y };
      }),
    );
    const { data } = await sharp({ create: { width, height, channels: 3, background: '#556' } })
      .composite(layers)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return photoFrame({ path: 'scene', width, height, rgb: new Uint8Array(data) });
  }

  async function find(frame: Frame, open: OpenRole = openPublic): Promise<readonly Detection[]> {
    const scope = new Scope();
    try {
      const context = { scope, tell: () => undefined, timings: new StageTimings() };
      const item = await lastValueFrom(single(frame).pipe(detect(options(open)).in(context)));
      item.release();
      return item.faces;
    } finally {
      await scope.close();
    }
  }

  it('finds one face once, in frame pixels', async () => {
    const [face, ...more] = await find(await scene(641, 359, [{ x: 301, y: 101, size: 160 }]));
    expect(more).toEqual([]);
    // In the photo the eyes are at 203, 104 and 247, 104.
    const [lx, ly, rx, ry] = face!.fivePoints;
    for (const [value, wanted] of [
      [lx!, 301 + 203 - 145],
      [ly!, 101 + 104 - 20],
      [rx!, 301 + 247 - 145],
      [ry!, 101 + 104 - 20],
    ] as const) {
      expect(Math.abs(value - wanted)).toBeLessThan(5);
    }
  });

  it('finds thirty faces, and faces of 24 px, in a frame of 1280x720', async () => {
    const grid = Array.from({ length: 30 }, (_, k) => ({
      x: 30 + 205 * (k % 6),
      y: 10 + 142 * Math.floor(k / 6),
      // Every sixth one has a face 24 px wide.
      size: k % 6 === 5 ? 42 : 110,
    }));
    const found = await find(await scene(1280, 720, grid));
    const isFound = grid.map(({ x, y, size }) =>
      found.some(
        ({ box }) =>
          Math.hypot(box.x + box.w / 2 - x - size / 2, box.y + box.h / 2 - y - size / 2) < size / 3,
      ),
    );
    expect(isFound.filter(Boolean).length).toBe(30);
    expect(found.length).toBe(30);
  });

  it('finds a close-up that the border cuts, and a face that stands on its head', async () => {
    const big = await find(await scene(640, 360, [{ x: 40, y: -0, size: 360 }]));
    expect(big.length).toBe(1);
    const cut = await scene(320, 300, [{ x: 0, y: 0, size: 300 }]);
    expect((await find(cut)).length).toBe(1);
    const [turned, ...more] = await find(await scene(640, 360, [{ x: 200, y: 100, size: 160, turn: 180 }]));
    expect(more).toEqual([]);
    // The person's right eye, image-left when upright, is now to the right; the mouth is above.
    expect(turned!.fivePoints[0]).toBeGreaterThan(turned!.fivePoints[2]!);
    expect(turned!.fivePoints[7]).toBeLessThan(turned!.fivePoints[1]!);
  });

  it('finds nothing in black, in one pixel and in noise', async () => {
    const picture = (width: number, height: number, value: (i: number) => number): Frame =>
      photoFrame({
        path: 'x',
        width,
        height,
        rgb: Uint8Array.from({ length: 3 * width * height }, (_, i) => value(i)),
      });
    expect(await find(picture(640, 360, () => 0))).toEqual([]);
    expect(await find(picture(1, 1, () => 200))).toEqual([]);
    expect(await find(picture(320, 180, (i) => (i * 7919) % 256))).toEqual([]);
  });

  it('takes detectors of a fixed size', async () => {
    const open: OpenRole = async (role, scope) => {
      const entry = {
        ...publicEntries.detector,
        file: publicEntries.detector.file.replace('yunet_n_dynamic', 'face_detection_yunet_2023mar'),
      };
      return { net: await openNet(role, { file: entry.file, provider: 'cpu', threads: 1 }, scope), entry };
    };
    const found = await find(await scene(1280, 720, [{ x: 900, y: 300, size: 60 }]), open);
    expect(found.length).toBe(1);
  });

  it('refuses an adapter that it does not know, with the ones it does', async () => {
    const open: OpenRole = async (role, scope) => {
      const { net, entry } = await openPublic(role, scope);
      return { net, entry: { ...entry, adapter: 'retina' } };
    };
    await expect(find(await scene(64, 64, []), open)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' });
  });
});
