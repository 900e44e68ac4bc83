import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobId, Ledger, now } from '../../../src/pipeline/watch/ledger.ts';
import type { VideoStreamInfo } from '../../../src/core/media.ts';
import { hasMemoryFor, jobBytes } from '../../../src/pipeline/watch/memory.ts';
import { hashFile, stampOf } from '../../../src/pipeline/watch/stamp.ts';
import {
  copyKind,
  filesIn,
  startWatch,
  watchOnce,
  watchPlace,
  type WatchPlace,
} from '../../helpers/watch.ts';

let place: WatchPlace;
let runs = 0;
const kind = copyKind(() => {
  runs += 1;
});
beforeEach(async () => {
  place = await watchPlace();
  runs = 0;
});
afterEach(() => place.remove());

/** What a crash leaves after the record `finishing`. */
async function leaveFinishing(): Promise<{
  readonly work: string;
  readonly original: string;
  readonly id: string;
}> {
  await place.clip('a.mp4');
  const original = join(place.inbox, 'a.mp4');
  const sha256 = await hashFile(original);
  const id = jobId('a.mp4', sha256);
  const work = join(place.outputDir, '.facet', 'work', id);
  await mkdir(work, { recursive: true });
  await copyFile(original, join(work, 'output.mp4'));
  await writeFile(join(work, 'report.json'), '{}');
  await writeFile(join(work, 'log.txt'), 'log');
  const ledger = await Ledger.open(join(place.outputDir, '.facet', 'journal.jsonl'));
  const stats = await stat(original);
  const result = { sizeBytes: stats.size, sha256, frames: 5, framesSwapped: 0, framesLost: 0, seconds: 1 };
  await ledger.record(
    { type: 'queued', at: now(), id, file: 'a.mp4', stamp: stampOf(stats), sha256 },
    { type: 'started', at: now(), id, output: 'a.mp4' },
    { type: 'finishing', at: now(), id, output: 'a.mp4', result },
  );
  await ledger.close();
  return { work, original, id };
}

const finished = ['a.mp4', 'a.mp4.json', 'a.mp4.log'];

describe('after a crash', () => {
  it('finished work that had not got its name gets it, without being done again', async () => {
    await leaveFinishing();
    const events = await watchOnce(place.options, { kind });
    expect(events.find(({ event }) => event === 'watching')).toMatchObject({ recovered: 1 });
    expect([runs, await place.outputs()]).toEqual([0, finished]);
  });

  it('work that had its name already is done', async () => {
    const { work, original } = await leaveFinishing();
    await copyFile(original, join(place.outputDir, 'a.mp4'));
    await rm(join(work, 'output.mp4'));
    expect((await watchOnce(place.options, { kind })).at(-1)).toMatchObject({ done: 1 });
    expect([runs, await place.outputs()]).toEqual([0, finished]);
  });

  it('work whose file is damaged is done again', async () => {
    const { work } = await leaveFinishing();
    await writeFile(join(work, 'output.mp4'), 'half');
    expect((await watchOnce(place.options, { kind })).at(-1)).toMatchObject({ done: 1 });
    expect([runs, await place.outputs()]).toEqual([1, finished]);
  });

  it('work whose name another file has taken meanwhile gets another one', async () => {
    await leaveFinishing();
    await writeFile(join(place.outputDir, 'a.mp4'), 'of somebody else');
    await watchOnce(place.options, { kind });
    expect([runs, await place.outputs()]).toEqual([0, ['a.2.mp4', 'a.2.mp4.json', 'a.2.mp4.log', 'a.mp4']]);
    expect(await readFile(join(place.outputDir, 'a.mp4'), 'utf8')).toBe('of somebody else');
  });

  it('what is in the work folder and in no record is removed; what others have in the output folder stays', async () => {
    await leaveFinishing();
    const work = join(place.outputDir, '.facet', 'work');
    await mkdir(join(work, 'unknown'));
    await writeFile(join(work, 'unknown', 'x.mp4'), 'half');
    await writeFile(join(place.outputDir, '.x.mp4.0123.facet-part'), 'of a facet swap that runs beside');
    await watchOnce(place.options, { kind });
    expect(await readdir(work)).toEqual([]);
    expect(await readdir(place.outputDir)).toContain('.x.mp4.0123.facet-part');
  });

  it('a file during which the process ended ten times in a row is given up, after all others', async () => {
    const { id } = await leaveFinishing();
    await place.clip('b.mp4', 5, 1);
    const ledger = await Ledger.open(join(place.outputDir, '.facet', 'journal.jsonl'));
    for (let i = 0; i < 10; i++) await ledger.record({ type: 'interrupted', at: now(), id });
    await ledger.close();
    const events = await watchOnce({ ...place.options, failedDir: join(place.path, 'failed') }, { kind });
    expect(events.at(-1)).toMatchObject({
      done: 1,
      failed: 1,
      worst: { code: 'WATCH_CRASHES', exitCode: 1 },
    });
    expect(await filesIn(join(place.path, 'failed'))).toEqual(['a.mp4', 'a.mp4.txt']);
  });
});

describe('a watch that is stopped', () => {
  it('parks what takes longer than the grace, and the next one does it', async () => {
    await place.clip('a.mp4');
    const slow = copyKind(
      (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => void resolve())),
    );
    const watch = startWatch({ ...place.options, grace: 0.1 }, { kind: slow });
    await watch.next('queued');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await watch.stop()).at(-1)).toMatchObject({ event: 'stopped', done: 0 });
    expect(await place.outputs()).toEqual([]);
    expect((await watchOnce(place.options, { kind })).at(-1)).toMatchObject({ done: 1 });
  });

  it('lets what is nearly done finish', async () => {
    await place.clip('a.mp4');
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const short = copyKind(async () => {
      begin();
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    const watch = startWatch(place.options, { kind: short });
    await begun;
    expect((await watch.stop()).at(-1)).toMatchObject({ event: 'stopped', done: 1, parked: 0 });
  });

  it('by its signal gives back the lock and parks, so that another can go on at once', async () => {
    await place.clip('a.mp4');
    const controller = new AbortController();
    const stuck = copyKind((_, signal) => {
      controller.abort(new Error('enough'));
      return new Promise((resolve) => signal.addEventListener('abort', () => void resolve()));
    });
    await expect(watchOnce(place.options, { kind: stuck, signal: controller.signal })).rejects.toThrow(
      'enough',
    );
    expect((await watchOnce(place.options, { kind })).at(-1)).toMatchObject({ done: 1 });
  });
});

it('two watches on one inbox or one output folder: the second refuses', async () => {
  const watch = startWatch(place.options, { kind });
  await watch.next('watching');
  await expect(watchOnce(place.options, { kind })).rejects.toMatchObject({
    code: 'WATCH_LOCKED',
    exitCode: 2,
  });
  const other = { ...place.options, outputDir: join(place.path, 'out2') };
  await expect(watchOnce(other, { kind })).rejects.toMatchObject({ code: 'WATCH_LOCKED' });
  await watch.stop();
  expect((await watchOnce(other, { kind })).at(-1)).toMatchObject({ event: 'stopped' });
});

it('folders that lie in each other are refused', async () => {
  for (const outputDir of [place.inbox, join(place.inbox, 'out'), place.path]) {
    await expect(watchOnce({ ...place.options, outputDir }, { kind })).rejects.toMatchObject({
      code: 'USAGE_CONFLICT',
    });
  }
  await expect(
    watchOnce({ ...place.options, inbox: join(place.path, 'none') }, { kind }),
  ).rejects.toMatchObject({
    code: 'INPUT_NOT_FOUND',
  });
});

it('several jobs run at once when they may', async () => {
  for (let i = 0; i < 3; i++) await place.clip(`${i}.mp4`, 5, i);
  let [running, most] = [0, 0];
  let meet = (): void => undefined;
  const met = new Promise<void>((resolve) => (meet = resolve));
  const counting = copyKind(async () => {
    most = Math.max(most, ++running);
    if (running === 2) meet();
    // The first waits for the second; alone it would wait for ever.
    await met;
    running -= 1;
  });
  expect((await watchOnce({ ...place.options, jobs: 2 }, { kind: counting })).at(-1)).toMatchObject({
    done: 3,
  });
  expect(most).toBe(2);
});

it('a job is counted with its picture when memory is asked for', () => {
  const bytes = (width: number, height: number, pixelFormat = 'yuv420p'): number =>
    jobBytes({ video: { width, height, pixelFormat } as VideoStreamInfo });
  expect(bytes(3840, 2160)).toBeGreaterThan(bytes(1920, 1080));
  expect(bytes(1920, 1080, 'yuv420p10le')).toBeGreaterThan(bytes(1920, 1080));
  expect(hasMemoryFor(bytes(1920, 1080), 600 * 2 ** 20)).toBe(false);
  expect(hasMemoryFor(bytes(1920, 1080), 4 * 2 ** 30)).toBe(true);
});
