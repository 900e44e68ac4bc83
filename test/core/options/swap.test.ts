import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { resolveOptions } from '../../../src/core/options/define.ts';
import {
  readAmounts,
  readFaces,
  readMapEntry,
  readRegions,
  readShape,
  swapOptions,
} from '../../../src/core/options/swap.ts';
import { faceRegions, regionNames } from '../../../src/core/regions.ts';

const resolve = (given: Record<string, unknown>): ReturnType<typeof resolveOptions<typeof swapOptions>> =>
  resolveOptions(swapOptions, given);

/** The error's words, as the user reads them. */
function words(given: Record<string, unknown>): string {
  try {
    resolve(given);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return `${(error as UsageError).message} ${(error as UsageError).hint}`;
  }
  throw new Error('Nothing was refused.');
}

describe('readRegions', () => {
  it('knows names and groups, in label order, once each', () => {
    expect(readRegions('nose, lip,nose')).toEqual(['lip', 'nose']);
    expect(readRegions('face')).toEqual(faceRegions);
    expect(readRegions('all')).toEqual(regionNames);
    expect(readRegions(['face', 'hair'])).toContain('hair');
  });
  it('asks whether another region was meant', () => {
    expect(words({ regions: 'lips' })).toContain('did you mean lip instead of lips?');
    expect(words({ regions: 'xyzzy' })).toContain('some of background, lip');
  });
});

describe('readAmounts', () => {
  it('reads one number for all and numbers by region', () => {
    expect(readAmounts('0.6').skin).toBe(0.6);
    const some = readAmounts('skin=0.4,lip=1');
    expect([some.skin, some.lip, some.nose]).toEqual([0.4, 1, 1]);
    expect(readAmounts({ skin: 0.2 }).skin).toBe(0.2);
    expect(readAmounts('face=0.5,nose=0').nose).toBe(0);
  });
  it.each(['1.5', '-0.1', 'much', 'skin=2', 'skin=', ''])('refuses %s', (value) => {
    expect(words({ amount: value })).toContain('a number from 0 to 1');
  });
});

describe('readShape', () => {
  it('reads words and numbers', () => {
    expect([readShape('source'), readShape('target'), readShape('0.25'), readShape(1)]).toEqual([
      1, 0, 0.25, 1,
    ]);
  });
  it('refuses what lies outside', () => {
    expect(words({ shape: '1.01' })).toContain('source, target, or a number from 0');
  });
});

describe('readFaces', () => {
  it('reads largest, all, indices and photos', () => {
    expect(readFaces('largest')).toEqual({ kind: 'largest' });
    expect(readFaces('2, 0,2')).toEqual({ kind: 'indices', indices: [2, 0] });
    expect(readFaces(1)).toEqual({ kind: 'indices', indices: [1] });
    expect(readFaces('like:my photo.png')).toEqual({ kind: 'like', photo: 'my photo.png' });
    expect(readFaces({ kind: 'all' })).toEqual({ kind: 'all' });
  });
  it.each(['biggest', '-1', '1.5', 'like:', ''])('refuses "%s"', (value) => {
    expect(words({ faces: value })).toContain('largest, all, indices');
  });
});

describe('readMapEntry', () => {
  it('splits at the last equals sign: names may hold others', () => {
    expect(readMapEntry('a=b.png=0')).toEqual({
      source: ['a=b.png'],
      faces: { kind: 'indices', indices: [0] },
    });
  });
  it('takes the other options of an entry from a config file', () => {
    const entry = readMapEntry({ source: ['a.png', 'b.png'], faces: 'all', amount: '0.5', shape: 'target' });
    expect(entry).toMatchObject({ source: ['a.png', 'b.png'], faces: { kind: 'all' }, shape: 0 });
    expect(entry.amount?.skin).toBe(0.5);
  });
  it('refuses entries it does not understand', () => {
    expect(words({ map: ['a.png'] })).toContain('photo=faces pairs');
    expect(words({ map: [{ source: 'a.png', faces: 'all', size: 3 }] })).toContain('source and faces');
  });
});

describe('swapOptions', () => {
  it('has the defaults of the design', () => {
    const { regions, shape, faces, smooth, light, profile, device, requireFace } = resolve({});
    expect(regions).toEqual(faceRegions);
    expect({ shape, faces, smooth, light, profile, device, requireFace }).toEqual({
      shape: 1,
      faces: { kind: 'largest' },
      smooth: 'medium',
      light: 'match',
      profile: 'mini',
      device: 'auto',
      requireFace: false,
    });
  });
  it('takes back what it has resolved', () => {
    const once = resolve({ source: ['a.png'], amount: '0.5', faces: '1', map: ['b.png=0'] });
    expect(resolve(once)).toEqual(once);
  });
});
