import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError, ModelError, OutputError } from '../../../src/core/errors.ts';
import type { WatchEvent } from '../../../src/core/watch-events.ts';
import { dispose } from '../../../src/pipeline/watch/dispose.ts';
import type { JobEntry } from '../../../src/pipeline/watch/entries.ts';
import { stampOf } from '../../../src/pipeline/watch/stamp.ts';
import {
  copyKind,
  filesIn,
  journalOf,
  startWatch,
  watchOnce,
  watchPlace,
  type WatchPlace,
} from '../../helpers/watch.ts';

const run = promisify(execFile);
let place: WatchPlace;
let at: (name: string) => string;
beforeEach(async () => {
  place = await watchPlace();
  at = (name) => join(place.path, name);
});
afterEach(() => place.remove());

const details = { code: 'DECODER_KILLED', hint: 'Run it again.' };
const named = (events: readonly WatchEvent[], name: string): readonly WatchEvent[] =>
  events.filter(({ event }) => event === name);

describe('originals', () => {
  it('stay when nothing is said', async () => {
    await place.clip('sub/a.mp4');
    await watchOnce(place.options, { kind: copyKind() });
    expect(await filesIn(place.inbox)).toEqual(['sub/a.mp4']);
  });

  it('move with their sidecar to --done-dir, also one inside the inbox; the same name twice', async () => {
    for (const seed of [1, 2]) {
      await place.clip('sub/a.mp4', 5, seed);
      await writeFile(join(place.inbox, 'sub/a.mp4.yaml'), 'crf: 20\n');
      await watchOnce({ ...place.options, doneDir: join(place.inbox, 'done') }, { kind: copyKind() });
    }
    expect(await filesIn(place.inbox)).toEqual([
      ...['done/sub/a.2.mp4', 'done/sub/a.2.mp4.yaml', 'done/sub/a.mp4', 'done/sub/a.mp4.yaml'],
    ]);
  });

  it('are deleted with --delete-done', async () => {
    await place.clip('a.mp4');
    await watchOnce({ ...place.options, deleteDone: true }, { kind: copyKind() });
    expect(await filesIn(place.inbox)).toEqual([]);
    expect((await place.outputs()).length).toBe(3);
  });

  it('that have changed since are left alone', async () => {
    await place.clip('a.mp4');
    const stats = await stat(join(place.inbox, 'a.mp4'));
    const entry: JobEntry = {
      ...{
        id: 'x',
        file: 'a.mp4',
        sha256: 'y',
        state: 'done',
        order: 0,
        queuedAt: '',
        crashes: 0,
        failures: [],
      },
      stamp: { ...stampOf(stats), mtimeMs: stats.mtimeMs - 1000 },
      ...{ isDisposed: false, hook: 'none' },
    };
    await dispose(place.inbox, entry, { doneDir: undefined, deleteDone: true, failedDir: undefined });
    expect(await filesIn(place.inbox)).toEqual(['a.mp4']);
    await dispose(
      place.inbox,
      { ...entry, stamp: stampOf(stats) },
      { doneDir: undefined, deleteDone: true, failedDir: undefined },
    );
    expect(await filesIn(place.inbox)).toEqual([]);
  });

  it('are moved by the next start when a crash came between', async () => {
    await place.clip('a.mp4');
    await watchOnce(place.options, { kind: copyKind() });
    await watchOnce({ ...place.options, doneDir: at('done') }, { kind: copyKind() });
    expect(await filesIn(place.inbox)).toEqual([]);
    expect(await filesIn(at('done'))).toEqual(['a.mp4']);
  });
});

describe('failures', () => {
  it('a file that is no video is not tried again and moves to --failed-dir with the reason', async () => {
    await mkdir(join(place.inbox, 'sub'));
    await writeFile(join(place.inbox, 'sub/text.mp4'), 'These are only words. '.repeat(100));
    await place.clip('good.mp4');
    const events = await watchOnce({ ...place.options, failedDir: at('failed') }, { kind: copyKind() });
    expect(named(events, 'failed')).toMatchObject([
      { file: 'sub/text.mp4', failureCount: 1, problem: { exitCode: 3 } },
    ]);
    expect(events.at(-1)).toMatchObject({
      done: 1,
      failed: 1,
      worst: { code: 'INPUT_UNREADABLE', exitCode: 3 },
    });
    expect(await filesIn(at('failed'))).toEqual(['sub/text.mp4', 'sub/text.mp4.txt']);
    const reason = await readFile(at('failed/sub/text.mp4.txt'), 'utf8');
    expect(reason).toContain('is not a video that ffmpeg can read.');
    expect(reason).toContain('INPUT_UNREADABLE');
    // Put back, it is tried again; left where it is, it is not.
    expect(
      (await watchOnce({ ...place.options, failedDir: at('failed') }, { kind: copyKind() })).at(-1),
    ).toMatchObject({ failed: 0 });
    await rename(at('failed/sub/text.mp4'), join(place.inbox, 'sub/text.mp4'));
    expect((await watchOnce(place.options, { kind: copyKind() })).at(-1)).toMatchObject({ failed: 1 });
    expect((await watchOnce(place.options, { kind: copyKind() })).at(-1)).toMatchObject({ failed: 0 });
  });

  it('what may pass is tried N times, with growing waits, and others are done meanwhile', async () => {
    await place.clip('a-bad.mp4');
    await place.clip('b.mp4', 5, 1);
    const order: string[] = [];
    const kind = copyKind((file) => {
      order.push(file);
      if (file === 'a-bad.mp4') throw new InputError('The decoder was killed.', details);
    });
    const events = await watchOnce({ ...place.options, retryWait: 0.2 }, { kind });
    expect(order).toEqual(['a-bad.mp4', 'b.mp4', 'a-bad.mp4', 'a-bad.mp4']);
    const failed = named(events, 'failed') as readonly Extract<WatchEvent, { event: 'failed' }>[];
    expect(failed.map(({ failureCount, retryAt }) => [failureCount, retryAt !== undefined])).toEqual([
      ...[
        [1, true],
        [2, true],
        [3, false],
      ],
    ]);
    const times = (await journalOf(place.outputDir)).filter(({ type }) => type === 'failed');
    const waits = times
      .slice(0, 2)
      .map((one) => Date.parse(String(one['retryAt'])) - Date.parse(String(one['at'])));
    // Twice as long, give or take the milliseconds between planning and writing.
    expect(waits[1]! / waits[0]!).toBeGreaterThan(1.5);
  });

  it('a try that works after one that did not is told in the report', async () => {
    await place.clip('a.mp4');
    let runs = 0;
    const kind = copyKind(() => {
      runs += 1;
      if (runs === 1) throw new InputError('The decoder was killed.', details);
    });
    expect((await watchOnce(place.options, { kind })).at(-1)).toMatchObject({ done: 1, failed: 0 });
    const report = JSON.parse(await readFile(join(place.outputDir, 'a.mp4.json'), 'utf8')) as object;
    expect(report).toMatchObject({ earlierTries: [{ code: 'DECODER_KILLED' }] });
  });

  it('a full disk holds the queue and fails no file; it goes on by itself', async () => {
    await place.clip('a.mp4');
    await place.clip('b.mp4', 5, 1);
    let runs = 0;
    const kind = copyKind(() => {
      runs += 1;
      if (runs <= 3)
        throw new OutputError('The disk is full.', { code: 'OUTPUT_DISK_FULL', hint: 'Free some.' });
    });
    const watch = startWatch({ ...place.options, retryWait: 0.02, tries: 2 }, { kind });
    // Either may be the first that goes on.
    await watch.next('done', ({ file }) => file === 'a.mp4');
    await watch.next('done', ({ file }) => file === 'b.mp4');
    const events = await watch.stop();
    expect(named(events, 'held')).toHaveLength(3);
    expect(named(events, 'resumed')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ done: 2, failed: 0 });
  });

  it('with --once nobody waits for ever: the jobs stay in the queue and the code says why', async () => {
    await place.clip('a.mp4');
    const broken = copyKind(() => {
      throw new ModelError('The generator is missing.', { code: 'MODEL_MISSING', hint: 'Pull it.' });
    });
    const events = await watchOnce({ ...place.options, retryWait: 0.02 }, { kind: broken });
    expect(events.at(-1)).toMatchObject({
      done: 0,
      failed: 0,
      worst: { code: 'MODEL_MISSING', exitCode: 5 },
    });
    expect((await watchOnce(place.options, { kind: copyKind() })).at(-1)).toMatchObject({ done: 1 });
  });

  it('a disk that is really full loses no job', async ({ skip }) => {
    await mkdir(place.outputDir);
    const mount = run('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', place.outputDir]);
    if (
      !(await mount.then(
        () => true,
        () => false,
      ))
    )
      skip('mounting a small tmpfs is not permitted here');
    try {
      for (let i = 0; i < 3; i++) await place.clip(`${i}.mp4`, 5, i);
      const { size } = await stat(join(place.inbox, '0.mp4'));
      await writeFile(join(place.outputDir, 'filler'), Buffer.alloc(128 * 1024 - 24 * 1024 - size));
      const watch = startWatch({ ...place.options, retryWait: 0.1 }, { kind: copyKind() });
      await watch.next('held');
      expect(named(watch.events, 'failed')).toEqual([]);
      await writeFile(join(place.outputDir, 'filler'), '');
      for (let i = 0; i < 3; i++) await watch.next('done', ({ file }) => file === `${i}.mp4`);
      expect((await watch.stop()).at(-1)).toMatchObject({ done: 3, failed: 0 });
      for (let i = 0; i < 3; i++) {
        expect((await stat(join(place.outputDir, `${i}.mp4`))).size).toBe(
          (await stat(join(place.inbox, `${i}.mp4`))).size,
        );
      }
      expect(await readdir(join(place.outputDir, '.facet', 'work'))).toEqual([]);
    } finally {
      await run('umount', [place.outputDir]);
    }
  });
});
