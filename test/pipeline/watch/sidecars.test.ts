import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { absolutePaths, layerOptions } from '../../../src/core/options/paths.ts';
import { readFileOptions, type JobOptions } from '../../../src/pipeline/watch/sidecars.ts';
import { copyKind, startWatch, watchOnce, watchPlace, type WatchPlace } from '../../helpers/watch.ts';

let place: WatchPlace;
let write: (file: string, content: string) => Promise<void>;
beforeEach(async () => {
  place = await watchPlace();
  write = (file, content) => writeFile(join(place.inbox, file), content);
});
afterEach(() => place.remove());

describe('sidecars', () => {
  it('of folders and files are laid over the options of the watch, the nearest on top', async () => {
    await place.clip('bob/deep/a.mp4');
    await write('facet.yaml', 'crf: 21\nsmooth: low\n');
    await write('bob/facet.yaml', 'source: bob.png\nsmooth: high\n');
    await write('bob/deep/a.mp4.yaml', 'amount: { skin: 0.4 }\nframes: 1-3\ncontainer: mkv\n');
    const base = { source: ['/base.png'], crf: 30, preset: 'fast', range: '0-1', amount: 1 };
    const { options, sidecars } = await readFileOptions(place.inbox, 'bob/deep/a.mp4', base);
    expect(sidecars).toEqual(['facet.yaml', 'bob/facet.yaml', 'bob/deep/a.mp4.yaml']);
    expect(options).toMatchObject({
      ...{
        source: [join(place.inbox, 'bob/bob.png')],
        crf: 21,
        smooth: 'high',
        preset: 'fast',
        container: 'mkv',
      },
      ...{ amount: { skin: 0.4 }, frames: { kind: 'frames', first: 1, last: 3 }, range: undefined },
    });
  });

  it('reach the job', async () => {
    await place.clip('a.mp4');
    await place.clip('b.mp4', 5, 1);
    await write('b.mp4.yaml', 'crf: 40\ncontainer: mkv\n');
    const seen = new Map<string, JobOptions>();
    const kind = copyKind((file, _, options) => void seen.set(file, options));
    await watchOnce({ ...place.options, crf: 20 }, { kind });
    expect(seen.get('a.mp4')).toMatchObject({ crf: 20 });
    expect(seen.get('b.mp4')).toMatchObject({ crf: 40 });
    expect(await place.outputs()).toContain('b.mp4.mkv');
  });

  it('that are wrong fail their file, name the line, and are read again when they are mended', async () => {
    await place.clip('a.mp4');
    await write('a.mp4.yaml', '# for Anna\nsmooth: low\namuont: 0.3\n');
    const watch = startWatch({ ...place.options, source: ['x.png'] }, { kind: copyKind() });
    const { problem } = await watch.next('failed');
    expect(problem).toMatchObject({
      ...{ code: 'USAGE_UNKNOWN_OPTION', exitCode: 2, hint: 'Did you mean `amount`?' },
      message: 'There is no option `amuont` in the sidecar a.mp4.yaml, line 3.',
    });
    await write('a.mp4.yaml', '# for Anna\nsmooth: low\namount: 0.3\n');
    await watch.next('done');
    await watch.stop();
  });

  it('may hold nothing that is about the whole watch', async () => {
    await place.clip('a.mp4');
    await write('a.mp4.yaml', 'onDone: rm -rf /\n');
    const events = await watchOnce(place.options, { kind: copyKind() });
    expect(events.at(-1)).toMatchObject({ worst: { code: 'USAGE_UNKNOWN_OPTION' } });
  });

  it('make a source for all unnecessary', async () => {
    const missing = new UsageError('--source is missing.', {
      code: 'USAGE_MISSING_OPTION',
      hint: 'Give it.',
    });
    const kind = copyKind(undefined, {
      check: ({ source }) => (source ? Promise.resolve() : Promise.reject(missing)),
    });
    await place.clip('bob/a.mp4');
    await expect(watchOnce(place.options, { kind })).rejects.toBe(missing);
    await write('bob/facet.yaml', 'source: bob.png\n');
    expect((await watchOnce(place.options, { kind })).at(-1)).toMatchObject({ done: 1 });
    await rm(join(place.inbox, 'bob/facet.yaml'));
  });
});

describe('options from files', () => {
  it('have their paths taken from the folder of the file', () => {
    const given = {
      ...{
        inbox: 'in',
        outputDir: '/out',
        source: ['a.png', '/b.png'],
        faces: 'like:c.png',
        profile: 'mini',
      },
      map: ['d.png=like:e.png', { source: 'f.png', faces: 'all' }],
      onDone: 'notify me',
    };
    expect(absolutePaths(given, '/etc/facet')).toEqual({
      ...{ inbox: '/etc/facet/in', outputDir: '/out', source: ['/etc/facet/a.png', '/b.png'] },
      ...{ faces: 'like:/etc/facet/c.png', profile: 'mini', onDone: 'notify me' },
      map: ['/etc/facet/d.png=like:/etc/facet/e.png', { source: '/etc/facet/f.png', faces: 'all' }],
    });
  });

  it('take back what they exclude below, but not what stands beside them', () => {
    const base = { source: ['a.png'], faces: 'all', crf: 3 };
    expect(layerOptions(base, { map: ['b.png=0'] })).toEqual({ map: ['b.png=0'], crf: 3 });
    const both = { source: ['b.png'], map: ['b.png=0'] };
    expect(layerOptions(base, both)).toMatchObject(both);
  });
});
