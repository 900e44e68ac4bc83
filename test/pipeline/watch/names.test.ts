import { describe, expect, it } from 'vitest';
import {
  fitName,
  freePath,
  outputPathFor,
  pathKey,
  versionedPath,
} from '../../../src/pipeline/watch/names.ts';

describe('outputPathFor', () => {
  it.each([
    ['clip.mp4', 'same', 'clip.mp4'],
    ['sub/deep/clip.MOV', 'same', 'sub/deep/clip.MOV'],
    ['clip.avi', 'same', 'clip.avi.mp4'],
    ['clip.mp4', 'mkv', 'clip.mp4.mkv'],
    ['clip.mkv', 'mkv', 'clip.mkv'],
    ['-y.mp4', 'same', '-y.mp4'],
    ['ä ö/日本 😀.webm', 'same', 'ä ö/日本 😀.webm'],
  ])('%s in container %s becomes %s', (file, container, output) => {
    expect(outputPathFor(file, container)).toBe(output);
  });

  it('keeps the same stem with two extensions apart', () => {
    const outputs = ['a.mp4', 'a.avi', 'a.mkv', 'a.ts'].map((file) => outputPathFor(file, 'mp4'));
    expect(new Set(outputs).size).toBe(4);
  });
});

describe('long names', () => {
  const long = `${'ö'.repeat(125)}.mp4`;

  it('leave room for report and version, and stay apart', () => {
    expect(Buffer.byteLength(long)).toBe(254);
    const output = outputPathFor(long, 'same');
    for (const path of [output, versionedPath(output, 2), versionedPath(output, 1000)]) {
      expect(Buffer.byteLength(`${path}.json`)).toBeLessThanOrEqual(255);
      expect(path.endsWith('.mp4')).toBe(true);
    }
    const other = outputPathFor(`${'ö'.repeat(124)}xx.mp4`, 'same');
    expect(other).not.toBe(output);
  });

  it('are cut between letters, not within one', () => {
    const family = '👩‍👩‍👧';
    const name = fitName(family.repeat(20), '.mp4');
    expect(name.replace(/~[0-9a-f]{8}\.mp4$/, '').replaceAll(family, '')).toBe('');
  });
});

it('numbers names that are taken', async () => {
  const taken = new Set(['a.mp4', 'a.2.mp4'].map(pathKey));
  expect(await freePath('a.mp4', (path) => taken.has(pathKey(path)))).toBe('a.3.mp4');
  expect(await freePath('A.MP4', (path) => taken.has(pathKey(path)))).toBe('A.2.MP4'.replace('.2.', '.3.'));
});
