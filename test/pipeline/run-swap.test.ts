import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFfmpeg, findFfprobe } from '../../src/media/find.ts';
import type { FinishedEvent, RunEvent, WarningEvent } from '../../src/core/events.ts';
import { resolveOptions } from '../../src/core/options/define.ts';
import { swapRunOptions } from '../../src/core/options/swap-run.ts';
import { runSwap } from '../../src/pipeline/run-swap.ts';
import { fakeTools, type FakeFaces } from '../helpers/fake-faces.ts';

const run = promisify(execFile);
let dir = '';
let photo = '';
let target = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'facet-swap-'));
  photo = join(dir, 'a.png');
  target = join(dir, 'target.mp4');
  const source = ['-v', 'error', '-f', 'lavfi', '-i'];
  await run((await findFfmpeg()).path, [...source, 'color=c=red:s=16x16', '-frames:v', '1', photo]);
  await run((await findFfmpeg()).path, [
    ...[...source, 'testsrc2=s=160x120:r=10:d=1.2', '-f', 'lavfi', '-i', 'sine=d=1.2', '-pix_fmt', 'yuv420p'],
    ...['-c:a', 'aac', target],
  ]);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const oneFace: FakeFaces = { at: () => [{ x: 80, y: 60, side: 60 }] };

function swap(
  output: string,
  faces: FakeFaces,
  given: Record<string, unknown> = {},
  signal?: AbortSignal,
): Promise<RunEvent[]> {
  const options = resolveOptions(swapRunOptions, {
    source: [photo],
    target,
    output: join(dir, output),
    light: 'off',
    ...given,
  });
  const opened = { tools: fakeTools(faces), devices: { generator: 'cpu' }, profile: 'fake 1' };
  return lastValueFrom(runSwap(options, () => Promise.resolve(opened), { signal }).pipe(toArray()));
}

/** Luma of every frame, as decoded. */
async function lumas(path: string): Promise<Buffer[]> {
  const { stdout } = await run(
    (await findFfmpeg()).path,
    ['-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'],
    { encoding: 'buffer', maxBuffer: 1 << 28 },
  );
  const size = 160 * 120 * 1.5;
  return Array.from({ length: stdout.length / size }, (_, i) => stdout.subarray(i * size, (i + 1) * size));
}

const finished = (events: readonly RunEvent[]): FinishedEvent => events.at(-1) as FinishedEvent;
const warnings = (events: readonly RunEvent[]): WarningEvent[] =>
  events.filter((event): event is WarningEvent => event.event === 'warning');

describe('runSwap', () => {
  it('swaps in every frame and leaves every pixel outside the face as decoded', async () => {
    const events = await swap('out.mkv', oneFace, { codec: 'ffv1' });
    expect(events[0]).toMatchObject({ event: 'started', devices: { generator: 'cpu' } });
    expect(finished(events)).toMatchObject({ event: 'finished', frames: 12, framesSwapped: 12 });
    // In a JSON line as well as in the report of a watch.
    expect(finished(events).tracks).toMatchObject([
      { id: 0, firstFrame: 0, lastFrame: 11, frames: 12, bridgedFrames: 0, framesChosen: 12 },
    ]);
    const [before, after] = [await lumas(target), await lumas(join(dir, 'out.mkv'))];
    expect(after).toHaveLength(12);
    let inside = 0;
    after.forEach((frame, k) => {
      for (let y = 0; y < 120; y++) {
        for (let x = 0; x < 160; x++) {
          const isInside = Math.hypot(x + 0.5 - 80, y + 0.5 - 60) < 26;
          if (!isInside) expect(frame[y * 160 + x]).toBe(before[k]![y * 160 + x]);
          else if (Math.hypot(x + 0.5 - 80, y + 0.5 - 60) < 15) {
            expect(Math.abs(frame[y * 160 + x]! - (16 + 219 * 0.8))).toBeLessThan(3);
            inside += 1;
          }
        }
      }
    });
    expect(inside).toBeGreaterThan(1000);
  });
  it('follows faces that come, go and move', async () => {
    const faces: FakeFaces = { at: (i) => (i < 3 || i > 8 ? [] : [{ x: 30 + 8 * i, y: 60, side: 40 }]) };
    const events = await swap('moving.mkv', faces, { codec: 'ffv1' });
    expect(finished(events)).toMatchObject({ frames: 12, framesSwapped: 6 });
    const [before, after] = [await lumas(target), await lumas(join(dir, 'moving.mkv'))];
    expect(after[1]!.equals(before[1]!)).toBe(true);
    expect(after[5]!.equals(before[5]!)).toBe(false);
    expect(after[10]!.equals(before[10]!)).toBe(true);
  });
  it('copies a target without faces, says so, and succeeds', async () => {
    const events = await swap('none.mkv', { at: () => [] }, { codec: 'ffv1' });
    expect(warnings(events)).toMatchObject([{ code: 'NO_FACE_IN_TARGET' }]);
    expect(finished(events)).toMatchObject({ frames: 12, framesSwapped: 0 });
    const [before, after] = [await lumas(target), await lumas(join(dir, 'none.mkv'))];
    after.forEach((frame, k) => expect(frame.equals(before[k]!)).toBe(true));
  });
  it('fails without an output where a face is required', async () => {
    const missing = swap('required.mkv', { at: () => [] }, { requireFace: true });
    await expect(missing).rejects.toMatchObject({ code: 'NO_FACE_IN_TARGET', exitCode: 4 });
    expect((await readdir(dir)).filter((name) => name.includes('required'))).toEqual([]);
  });
  it('works on a track shorter than the smoothing window', async () => {
    const events = await swap(
      'short.mkv',
      { at: (i) => (i === 5 ? [{ x: 80, y: 60, side: 60 }] : []) },
      {
        smooth: 'high',
      },
    );
    expect(finished(events)).toMatchObject({ frames: 12, framesSwapped: 1 });
  });
  it('says when no face was chosen', async () => {
    const events = await swap('chosen.mkv', oneFace, { faces: '3' });
    expect(warnings(events)[0]?.message).toContain('None of the faces');
  });
  it('marks its output, and visibly with a label', async () => {
    await swap('marked.mp4', oneFace, { label: true });
    const { stdout } = await run((await findFfprobe()).path, [
      ...['-v', 'error', '-export_xmp', '1', '-show_entries', 'format_tags', '-of', 'json'],
      join(dir, 'marked.mp4'),
    ]);
    const { tags } = (JSON.parse(stdout) as { format: { tags: Record<string, string> } }).format;
    expect(tags['comment']).toContain('synthesised by facet');
    expect(tags['comment']).toContain('fake 1');
    expect(tags['xmp']).toContain('compositeWithTrainedAlgorithmicMedia');
    const corner = (await lumas(join(dir, 'marked.mp4')))[3]!.subarray(112 * 160 + 100, 112 * 160 + 156);
    expect(Math.min(...corner)).toBeLessThan(60);
    expect(Math.max(...corner)).toBeGreaterThan(150);
  });
  it('refuses an output that is the photo or the target', async () => {
    const onPhoto = swap('a.png', oneFace, { overwrite: true });
    await expect(onPhoto).rejects.toMatchObject({ code: 'USAGE_OUTPUT_IS_SOURCE' });
    const onTarget = swap('target.mp4', oneFace, { overwrite: true });
    await expect(onTarget).rejects.toMatchObject({ code: 'USAGE_OUTPUT_IS_TARGET' });
  });
  it('leaves nothing behind when it is stopped midway', async () => {
    const controller = new AbortController();
    const faces: FakeFaces = {
      at: (i) => {
        if (i === 4) controller.abort(new Error('stopped'));
        return [{ x: 80, y: 60, side: 60 }];
      },
    };
    await expect(swap('stopped.mp4', faces, {}, controller.signal)).rejects.toThrow('stopped');
    expect((await readdir(dir)).filter((name) => name.includes('stopped'))).toEqual([]);
  });
  it('refuses a range and frames together', async () => {
    const both = swap('range.mp4', oneFace, { range: '0-1', frames: '0-3' });
    await expect(both).rejects.toMatchObject({ code: 'USAGE_CONFLICT' });
  });
});
