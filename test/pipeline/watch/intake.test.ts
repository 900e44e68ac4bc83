import { appendFile, mkdir, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../../src/core/watch-events.ts';
import {
  copyKind,
  makeClip,
  startWatch,
  watchOnce,
  watchPlace,
  type WatchPlace,
} from '../../helpers/watch.ts';

let place: WatchPlace;
beforeEach(async () => {
  place = await watchPlace();
});
afterEach(() => place.remove());

const kind = copyKind();
const doneOf = (events: readonly WatchEvent[]): string[] =>
  events.flatMap((event) => (event.event === 'done' ? [event.file] : [])).sort();
const codesOf = (events: readonly WatchEvent[]): string[] =>
  events.flatMap((event) => (event.event === 'warning' ? [event.code] : []));

describe('the intake', () => {
  it('takes a file when it has stopped growing, and then whole', async () => {
    const watch = startWatch({ ...place.options, settle: 0.6 }, { kind });
    await watch.next('watching');
    await makeClip(join(place.path, 'clip.mp4'), 5);
    const bytes = await readFile(join(place.path, 'clip.mp4'));
    const steps = 6;
    for (let i = 0; i < steps; i++) {
      const part = bytes.subarray((bytes.length * i) / steps, (bytes.length * (i + 1)) / steps);
      await appendFile(join(place.inbox, 'slow.mp4'), part);
      expect(watch.events.some(({ event }) => event === 'queued')).toBe(false);
      await wait(150);
    }
    await watch.next('done');
    await watch.stop();
    expect((await readFile(join(place.outputDir, 'slow.mp4'))).equals(bytes)).toBe(true);
  });

  it('leaves what still grows with --once, and says so', async () => {
    await place.clip('growing.mp4');
    await place.clip('whole.mp4', 5, 1);
    const growing = setInterval(() => void appendFile(join(place.inbox, 'growing.mp4'), 'x'), 10);
    const events = await watchOnce({ ...place.options, settle: 0.3 }, { kind });
    clearInterval(growing);
    expect(doneOf(events)).toEqual(['whole.mp4']);
    expect(codesOf(events)).toEqual(['WATCH_STILL_GROWING']);
  });

  it('goes by patterns, and passes over what is hidden or no video', async () => {
    for (const file of [
      'a.mp4',
      'B.MP4',
      'sub/c.mp4',
      'd.mov',
      '.hidden.mp4',
      '.dir/e.mp4',
      'f.mp4.part',
      'draft.mp4',
    ]) {
      await place.clip(file, 5, file.length);
    }
    await writeFile(join(place.inbox, 'notes.txt'), 'no video');
    const all = await watchOnce({ ...place.options, outputDir: join(place.path, 'all') }, { kind });
    expect(doneOf(all)).toEqual(['B.MP4', 'a.mp4', 'd.mov', 'draft.mp4', 'sub/c.mp4']);
    const some = await watchOnce({ ...place.options, pattern: ['*.mp4', '!draft*', '!sub/**'] }, { kind });
    expect(doneOf(some)).toEqual(['B.MP4', 'a.mp4']);
  });

  it('follows no links, and says which', async () => {
    await mkdir(join(place.path, 'outside'));
    await makeClip(join(place.path, 'outside', 'secret.mp4'), 5);
    await symlink(join(place.path, 'outside', 'secret.mp4'), join(place.inbox, 'file.mp4'));
    await symlink(join(place.path, 'outside'), join(place.inbox, 'folder'));
    await place.clip('real.mp4');
    const events = await watchOnce(place.options, { kind });
    expect(doneOf(events)).toEqual(['real.mp4']);
    expect(codesOf(events)).toEqual(['WATCH_LINK', 'WATCH_LINK']);
  });

  it('takes an inbox that is a link itself', async () => {
    await place.clip('a.mp4');
    await symlink(place.inbox, join(place.path, 'link'));
    expect(doneOf(await watchOnce({ ...place.options, inbox: join(place.path, 'link') }, { kind }))).toEqual([
      'a.mp4',
    ]);
  });

  it('finds by walking what nobody announced, and an inbox that comes back', async () => {
    const watch = startWatch({ ...place.options, rescan: 0.2 }, { kind });
    await watch.next('watching');
    await rename(place.inbox, join(place.path, 'away'));
    await watch.next('warning', ({ code }) => code === 'WATCH_INBOX_AWAY');
    await makeClip(join(place.path, 'away', 'late.mp4'), 5);
    await rename(join(place.path, 'away'), place.inbox);
    await watch.next('done', ({ file }) => file === 'late.mp4');
    expect((await watch.stop()).at(-1)).toMatchObject({ done: 1 });
  });

  it('does not do again what was only touched', async () => {
    await place.clip('a.mp4');
    await watchOnce(place.options, { kind });
    await utimes(join(place.inbox, 'a.mp4'), new Date(), new Date(Date.now() + 5000));
    const events = await watchOnce(place.options, { kind });
    expect(events.filter(({ event }) => event === 'skipped')).toMatchObject([
      { file: 'a.mp4', output: 'a.mp4' },
    ]);
    expect(doneOf(events)).toEqual([]);
  });

  it('drops the result of a file that changes while it is worked on, and does the new one', async () => {
    await place.clip('a.mp4');
    let runs = 0;
    const changing = copyKind(async () => {
      runs += 1;
      if (runs === 1) await place.clip('a.mp4', 7, 9);
    });
    const watch = startWatch(place.options, { kind: changing });
    await watch.next('gone');
    await watch.next('done');
    await watch.stop();
    expect(await place.outputs()).toEqual(['a.mp4', 'a.mp4.json', 'a.mp4.log']);
    const [output, input] = await Promise.all(
      [place.outputDir, place.inbox].map((dir) => readFile(join(dir, 'a.mp4'))),
    );
    expect(output!.equals(input!)).toBe(true);
  });
});

describe('names', () => {
  it('never collide', async () => {
    // 255 bytes, all that a file system takes.
    const long = `${'ü'.repeat(125)}x.mp4`;
    const files = [
      'a.mp4',
      'a.mov',
      'a.avi',
      'a.ts',
      'sub/a.mp4',
      '-y.mp4',
      'ä ö 日本 😀.mp4',
      "it's; $(rm).mp4",
      long,
    ];
    for (const [i, file] of files.entries()) await place.clip(file, 5, i);
    expect(Buffer.byteLength(long)).toBe(255);
    await mkdir(place.outputDir);
    await writeFile(join(place.outputDir, 'a.mov'), 'of somebody else');
    const events = await watchOnce({ ...place.options, jobs: 4 }, { kind });
    expect(doneOf(events)).toEqual([...files].sort());
    const videos = (await place.outputs()).filter((name) => !/\.(json|log)$/.test(name));
    expect(videos).toHaveLength(files.length + 1);
    expect(videos).toEqual(
      expect.arrayContaining(['a.mp4', 'a.2.mov', 'a.avi.mp4', 'a.ts.mp4', 'sub/a.mp4', '-y.mp4']),
    );
    expect(await readFile(join(place.outputDir, 'a.mov'), 'utf8')).toBe('of somebody else');
    for (const event of events) {
      if (event.event !== 'done') continue;
      const [output, input] = await Promise.all([
        readFile(event.output),
        readFile(join(place.inbox, event.file)),
      ]);
      expect(output.equals(input)).toBe(true);
    }
  });

  it('the same name with other content gets a number; the same content is not done again', async () => {
    for (const seed of [1, 2, 3, 2]) {
      await place.clip('a.mp4', 5, seed);
      await watchOnce(place.options, { kind });
    }
    const videos = (await place.outputs()).filter((name) => name.endsWith('.mp4'));
    expect(videos).toEqual(['a.2.mp4', 'a.3.mp4', 'a.mp4']);
  });
});
