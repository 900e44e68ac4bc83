import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameLayout, pixelFormats } from '../../src/core/frame.ts';
import { NutReader, type NutFrame } from '../../src/media/nut-reader.ts';
import { nutFrameHeader, nutHeader, varint } from '../../src/media/nut-writer.ts';
import { findFfmpeg } from '../../src/media/find.ts';
import { everyFrame, ffmpeg, ffmpegs, temporaryFolder } from '../helpers/media.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** Reads a whole NUT file in pieces of given sizes. */
function readAll(bytes: Buffer, pieces: readonly number[]): { frame: NutFrame; data: Buffer }[] {
  const reader = new NutReader();
  const out: { frame: NutFrame; data: Buffer }[] = [];
  let target = Buffer.alloc(0);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const chunk = bytes.subarray(at, at + pieces[i % pieces.length]!);
    for (let from = 0; from < chunk.length || reader.wanted;) {
      if (reader.wanted) {
        target = Buffer.alloc(reader.wanted.bytes);
        reader.fill(target);
      }
      from += reader.feed(chunk, from, (frame) => out.push({ frame, data: target }));
      if (from >= chunk.length && !reader.wanted) break;
    }
    at += chunk.length;
  }
  return out;
}

const stream = {
  layout: frameLayout('yuv420p', 6, 4),
  timeBase: { num: 1, den: 90000 },
  rate: { num: 30000, den: 1001 },
  sampleAspect: { num: 4, den: 3 },
};

function write(pts: readonly number[]): Buffer {
  const frame = (value: number, i: number): Buffer =>
    Buffer.concat([nutFrameHeader(value, stream.layout.bytes), Buffer.alloc(stream.layout.bytes, i + 1)]);
  return Buffer.concat([nutHeader(stream), ...pts.map(frame)]);
}

describe('NUT', () => {
  it('reads back what it writes, however it is cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 40 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 }),
        (times, pieces) => {
          const pts = [...times].sort((a, b) => a - b);
          const frames = readAll(write(pts), pieces);
          expect(frames.map(({ frame }) => frame.pts)).toEqual(pts);
          expect(frames.every(({ data }, i) => data.every((byte) => byte === i + 1))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('codes numbers seven bits a byte', () => {
    expect(varint(0)).toEqual([0]);
    expect(varint(127)).toEqual([127]);
    expect(varint(128)).toEqual([0x81, 0]);
    expect(varint(2 ** 40)).toHaveLength(6);
  });

  it('refuses times that NUT cannot hold', () => {
    expect(() => nutFrameHeader(-1, 10)).toThrow(RangeError);
    expect(() => nutFrameHeader(0.5, 10)).toThrow(/expected a whole number/);
  });

  it.each(ffmpegs)('reads what $name writes', async ({ env }) => {
    const found = await findFfmpeg(env);
    const file = join(folder.path, 'theirs.nut');
    await promisify(execFile)(found.path, [
      ...['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=64x36:r=25:d=1', '-pix_fmt', 'yuv444p'],
      ...[
        '-vf',
        'setpts=PTS+mod(N\\,2)*0.3/TB/25',
        '-c:v',
        'rawvideo',
        ...everyFrame(found),
        '-f',
        'nut',
        file,
      ],
    ]);
    const bytes = await readFile(file);
    const frames = readAll(bytes, [1000, 7, 40_000]);
    expect(frames).toHaveLength(25);
    expect(frames.every(({ data }) => data.length === 64 * 36 * 3)).toBe(true);
    const reader = new NutReader();
    reader.feed(bytes, 0, () => undefined);
    expect(reader.timeBase?.num).toBe(1);
    expect(frames[1]!.frame.pts).toBeGreaterThan(frames[0]!.frame.pts);
  });

  it.each(pixelFormats)('is read by ffmpeg with exact times: %s', async (format) => {
    const layout = frameLayout(format, 18, 10);
    const bytes = Buffer.concat([
      nutHeader({ ...stream, layout }),
      ...[0, 3003, 9000, 9001].flatMap((pts) => [
        nutFrameHeader(pts, layout.bytes),
        Buffer.alloc(layout.bytes, 3),
      ]),
    ]);
    const file = join(folder.path, 'ours.nut');
    await promisify((await import('node:fs')).writeFile)(file, bytes);
    await ffmpeg('-i', file, '-c', 'copy', '-f', 'framecrc', join(folder.path, 'crc.txt'));
    const lines = (await readFile(join(folder.path, 'crc.txt'), 'utf8'))
      .split('\n')
      .filter((line) => /^0,/.test(line))
      .map((line) => line.split(',').map((cell) => Number(cell.trim())));
    expect(lines.map((cells) => cells[2])).toEqual([0, 3003, 9000, 9001]);
    expect(lines.every((cells) => cells[4] === layout.bytes)).toBe(true);
  });
});
