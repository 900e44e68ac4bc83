import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countFrames, startWatch, watchOnce, watchPlace, type WatchPlace } from '../../helpers/watch.ts';

let place: WatchPlace;
beforeEach(async () => {
  place = await watchPlace();
});
afterEach(() => place.remove());

describe('a watch', () => {
  it('does what is there and what comes, in mirrored folders, with a report and a log', async () => {
    await place.clip('a.mp4', 5);
    await place.clip('sub/deep/b.mov', 7);
    const watch = startWatch(place.options);
    await watch.next('done', ({ file }) => file === 'a.mp4');
    await place.clip('later/c.mkv', 6);
    await watch.next('done', ({ file }) => file === 'later/c.mkv');
    await watch.next('done', ({ file }) => file === 'sub/deep/b.mov');
    const events = await watch.stop();
    expect(events.at(-1)).toMatchObject({ event: 'stopped', done: 3, failed: 0, parked: 0 });
    expect(await place.outputs()).toEqual([
      ...['a.mp4', 'a.mp4.json', 'a.mp4.log', 'later/c.mkv', 'later/c.mkv.json', 'later/c.mkv.log'],
      ...['sub/deep/b.mov', 'sub/deep/b.mov.json', 'sub/deep/b.mov.log'],
    ]);
    expect(await countFrames(join(place.outputDir, 'sub/deep/b.mov'))).toBe(7);
    const report = JSON.parse(await readFile(join(place.outputDir, 'a.mp4.json'), 'utf8')) as object;
    expect(report).toMatchObject({ input: { file: 'a.mp4' }, frames: 5, framesLost: 0, models: 'none' });
  });

  it('does nothing twice', async () => {
    await place.clip('a.mp4');
    expect((await watchOnce(place.options)).at(-1)).toMatchObject({ event: 'stopped', done: 1 });
    expect((await watchOnce(place.options)).at(-1)).toMatchObject({ event: 'stopped', done: 0 });
    expect((await place.outputs()).length).toBe(3);
  });
});
