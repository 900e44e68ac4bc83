import { describe, expect, it } from 'vitest';
import { globsTest, globTest } from '../../src/core/glob.ts';

describe('globTest', () => {
  it.each([
    ['*.mp4', 'clip.mp4', true],
    ['*.mp4', 'CLIP.MP4', true],
    ['*.mp4', 'sub/clip.mp4', false],
    ['**/*.mp4', 'clip.mp4', true],
    ['**/*.mp4', 'a/b/clip.mp4', true],
    ['cam?/**', 'cam1/a/b.mov', true],
    ['cam?/**', 'cam12/b.mov', false],
    ['*.{mp4,mov}', 'a.mov', true],
    ['*.{mp4,mov}', 'a.mkv', false],
    ['[ab]*.mp4', 'b1.mp4', true],
    ['[!ab]*.mp4', 'b1.mp4', false],
    ['a+b (1).mp4', 'a+b (1).mp4', true],
    ['*.mp4', 'clip.mp4.part', false],
    ['ü*.mp4', 'Übung 1.mp4', true],
  ])('%s on %s is %s', (pattern, path, isMatch) => {
    expect(globTest(pattern)(path)).toBe(isMatch);
  });

  it('refuses brackets that are not closed', () => {
    expect(() => globTest('*.{mp4')).toThrow('whose { is closed');
    expect(() => globTest('[ab.mp4')).toThrow('whose [ is closed');
  });
});

it('takes what one glob wants and none refuses; a glob without a slash is about the name', () => {
  const isWanted = globsTest(['*.mp4', 'cam/**/*.mov', '!*draft*', '!old/**']);
  const files = ['a.mp4', 'x/y.mp4', 'cam/1/z.mov', 'z.mov', 'my draft.mp4', 'old/a.mp4'];
  expect(files.filter(isWanted)).toEqual(['a.mp4', 'x/y.mp4', 'cam/1/z.mov']);
});
