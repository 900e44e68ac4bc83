import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Frame, FramePool, frameLayout, pixelFormats } from '../../src/core/frame.ts';

const timeBase = { num: 1, den: 25 };

function makeFrame(pool: FramePool, data: Uint8Array<SharedArrayBuffer>): Frame {
  const layout = frameLayout('yuv420p', 4, 4);
  const format = { layout, color: { matrix: 'bt709', range: 'limited' }, timeBase } as const;
  return new Frame({ index: 0, pts: 0, isSceneStart: false, format, data, pool });
}

describe('frameLayout', () => {
  test('has rounded-up chroma planes for odd sizes, as ffmpeg has', () => {
    const layout = frameLayout('yuv420p', 641, 359);
    expect(layout.planes[1]).toEqual({ offset: 641 * 359, width: 321, height: 180 });
    expect(layout.bytes).toBe(641 * 359 + 2 * 321 * 180);
  });

  test('counts two bytes a sample in 10 bit', () => {
    expect(frameLayout('yuv422p10le', 6, 4).bytes).toBe(2 * (24 + 2 * 12));
    expect(frameLayout('yuv444p', 6, 4).bytes).toBe(72);
  });

  test('planes follow each other without gaps, whatever the size', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...pixelFormats),
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 1, max: 99 }),
        (format, w, h) => {
          const { planes, bytes, bytesPerSample } = frameLayout(format, w, h);
          let end = 0;
          for (const plane of planes) {
            expect(plane.offset).toBe(end);
            end += plane.width * plane.height * bytesPerSample;
          }
          expect(bytes).toBe(end);
        },
      ),
    );
  });
});

describe('FramePool', () => {
  test('makes a waiting reader wait until a frame is released', async () => {
    const pool = new FramePool(1, 16);
    const frame = makeFrame(pool, await pool.acquire());
    let arrived = false;
    const next = pool.acquire().then((buffer) => {
      arrived = true;
      return buffer;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(arrived).toBe(false);
    frame.release();
    expect(await next).toBe(frame.data);
    expect(pool.free).toBe(0);
    pool.give(await next);
    expect(pool.free).toBe(1);
  });

  test('a reader that is aborted leaves the queue', async () => {
    const pool = new FramePool(1, 16);
    const held = await pool.acquire();
    const abort = new AbortController();
    const waiting = pool.acquire(abort.signal);
    abort.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
    pool.give(held);
    expect(pool.free).toBe(1);
  });
});

describe('Frame', () => {
  test('returns its buffer with the last release, not before', async () => {
    const pool = new FramePool(2, 16);
    const frame = makeFrame(pool, await pool.acquire()).retain();
    frame.release();
    expect(pool.free).toBe(1);
    frame.release();
    expect(pool.free).toBe(2);
    expect(frame.isReleased).toBe(true);
  });

  test('refuses to be released twice or retained after release', async () => {
    const pool = new FramePool(1, 16);
    const frame = makeFrame(pool, await pool.acquire());
    frame.release();
    expect(() => {
      frame.release();
    }).toThrow('released twice');
    expect(() => frame.retain()).toThrow('is released');
  });
});
