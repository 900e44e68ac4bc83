import { appendFile, mkdir, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkFile } from '../../src/models/check-file.ts';
import { cacheFolder } from '../../src/models/folders.ts';
import { readProfile } from '../../src/models/read-profile.ts';
import { temporaryFolder } from '../helpers/media.ts';
import { sha256Of, tinyEntry, tinyProfile, writeProfile } from '../helpers/profile.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (...names: string[]): string => join(folder.path, ...names);
const options = () => ({ env: { FACET_HOME: at('home') }, bundled: at('bundled') });

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

describe('a profile', () => {
  it('is found by name in the package, then in the cache, and by path', async () => {
    await writeProfile(at('bundled'), tinyProfile('mini'));
    await writeProfile(at('home', 'models'), tinyProfile('mini', { version: '2' }));
    await writeProfile(at('home', 'models'), tinyProfile('mine'));
    const path = await writeProfile(at('elsewhere'), tinyProfile('other'));
    expect((await readProfile('mini', options())).version).toBe('1');
    expect((await readProfile('mine', options())).path).toBe(at('home', 'models', 'mine.json'));
    const other = await readProfile(path, options());
    expect(other.roles.parser?.file).toBe(at('elsewhere', 'other', 'parser.onnx'));
  });

  it('takes the roles it does not name from the one it extends', async () => {
    await writeProfile(at('bundled'), tinyProfile('mini'));
    const roles = { detector: tinyEntry('mine', 'detector') };
    await writeProfile(at('home', 'models'), tinyProfile('mine', { extends: 'mini', roles }));
    const profile = await readProfile('mine', options());
    expect(profile.roles.detector?.file).toBe(at('home', 'models', 'mine', 'detector.onnx'));
    expect(profile.roles.generator?.file).toBe(at('bundled', 'mini', 'generator.onnx'));
  });

  it('that extends itself is refused', async () => {
    await writeProfile(at('home', 'models'), tinyProfile('a', { extends: 'b' }));
    await writeProfile(at('home', 'models'), tinyProfile('b', { extends: 'a' }));
    await expect(readProfile('a', options())).rejects.toMatchObject({ code: 'MODEL_MANIFEST_INVALID' });
  });

  it('need only have the roles that are asked for', async () => {
    const roles = { detector: tinyEntry('part', 'detector') };
    await writeProfile(at('home', 'models'), tinyProfile('part', { roles }));
    expect((await readProfile('part', { ...options(), roles: ['detector'] })).name).toBe('part');
    await expect(readProfile('part', options())).rejects.toMatchObject({
      code: 'MODEL_INCOMPLETE',
      exitCode: 5,
      message: expect.stringContaining('has no landmarks network') as string,
    });
  });

  it.each([
    ['e4s', 'MODEL_MISSING', /facet models import e4s --checkpoint/],
    ['mine', 'MODEL_MISSING', /Did you mean mini/],
    ['./none.json', 'MODEL_MISSING', /facet models list/],
  ])('%s that is not there says what to run', async (name, code, hint) => {
    await writeProfile(at('bundled'), tinyProfile('mini'));
    await expect(readProfile(name, options())).rejects.toMatchObject({
      code,
      exitCode: 5,
      hint: expect.stringMatching(hint) as string,
    });
  });
});

describe('a damaged file', () => {
  it.each([
    ['missing', (file: string) => rm(file), 'MODEL_MISSING'],
    ['cut off', (file: string) => truncate(file, 3), 'MODEL_INCOMPLETE'],
    ['too long', (file: string) => appendFile(file, '!'), 'MODEL_INCOMPLETE'],
    ['other bytes', (file: string) => writeFile(file, 'mine pxrser'), 'MODEL_HASH_MISMATCH'],
    ['a folder', async (file: string) => { await rm(file); await mkdir(file); }, 'MODEL_INCOMPLETE'],
  ])('%s is named', async (_name, damage, code) => {
    await writeProfile(at('home', 'models'), tinyProfile('mine'));
    const file = at('home', 'models', 'mine', 'parser.onnx');
    await damage(file);
    await expect(readProfile('mine', options())).rejects.toMatchObject({
      code,
      exitCode: 5,
      message: expect.stringContaining(file) as string,
    });
    expect((await readProfile('mine', { ...options(), roles: ['detector'] })).name).toBe('mine');
  });

  it('beside a network is found too', async () => {
    const entry = { ...tinyEntry('mine', 'landmarks'), extras: { basis: { file: 'mine/basis', sha256: sha256Of('b'), bytes: 1 } } };
    const profile = tinyProfile('mine');
    const path = await writeProfile(at('home', 'models'), { ...profile, roles: { ...profile.roles, landmarks: entry } });
    await expect(readProfile('mine', options())).rejects.toMatchObject({ code: 'MODEL_MISSING' });
    await writeFile(join(dirname(path), 'mine', 'basis'), 'b');
    expect((await readProfile('mine', options())).roles.landmarks?.extras?.['basis']?.file).toBe(
      at('home', 'models', 'mine', 'basis'),
    );
  });
});

describe('a damaged manifest', () => {
  const good = tinyProfile('mine');
  it.each<[string, string, RegExp]>([
    ['that is no JSON', '{', /is not JSON/],
    ['without a name', JSON.stringify({ ...good, name: undefined }), /name is wrong/],
    ['with an unknown key', JSON.stringify({ ...good, rolls: {} }), /unknown key rolls/],
    ['with an unknown role', JSON.stringify({ ...good, roles: { detectors: {} } }), /roles has the unknown key detectors/],
    ['with a short hash', JSON.stringify({ ...good, roles: { parser: { ...good.roles.parser, sha256: 'ab' } } }), /roles\.parser\.sha256/],
    ['with a text for a size', JSON.stringify({ ...good, roles: { parser: { ...good.roles.parser, bytes: '9' } } }), /roles\.parser\.bytes/],
    ['that is a list', '[]', /the manifest is wrong/],
  ])('%s names the key', async (_name, text, message) => {
    await mkdir(at('home', 'models'), { recursive: true });
    await writeFile(at('home', 'models', 'mine.json'), text);
    await expect(readProfile('mine', options())).rejects.toMatchObject({
      code: 'MODEL_MANIFEST_INVALID',
      exitCode: 5,
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('a large file', () => {
  const bytes = 64 * 2 ** 20;
  const zeros = Buffer.alloc(bytes);
  const hints = () => ({ what: 'x', hint: 'y', env: { FACET_HOME: at('home') } });

  it('is hashed once, again when it has changed, and always when asked', async () => {
    const facts = { path: at('large'), sha256: sha256Of(zeros), bytes };
    await writeFile(facts.path, zeros);
    await checkFile(facts, hints());
    expect(await readdir(at('home', 'verified'))).toHaveLength(1);
    await checkFile(facts, hints());
    zeros[5] = 1;
    await writeFile(facts.path, zeros);
    zeros[5] = 0;
    await utimes(facts.path, 1, 1);
    await expect(checkFile(facts, hints())).rejects.toMatchObject({ code: 'MODEL_HASH_MISMATCH' });
    await expect(checkFile(facts, { ...hints(), isFull: true })).rejects.toMatchObject({
      code: 'MODEL_HASH_MISMATCH',
    });
  });

  it('is hashed every time where the cache cannot be written', async () => {
    await writeFile(at('home'), 'a file where the folder should be');
    const facts = { path: at('large'), sha256: sha256Of(zeros), bytes };
    await writeFile(facts.path, zeros);
    await expect(checkFile(facts, hints())).resolves.toBeUndefined();
    await truncate(facts.path, bytes - 1);
    await expect(checkFile(facts, hints())).rejects.toMatchObject({ code: 'MODEL_INCOMPLETE' });
  });
});

describe('the cache folder', () => {
  it.each<[string, NodeJS.Platform, Record<string, string>, string]>([
    ['FACET_HOME first', 'linux', { FACET_HOME: '/f', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/f'],
    ['XDG_CACHE_HOME', 'linux', { XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/facet'],
    ['~/.cache when XDG is relative', 'linux', { XDG_CACHE_HOME: 'x', HOME: '/h' }, '/h/.cache/facet'],
    ['~/Library/Caches', 'darwin', { HOME: '/h', XDG_CACHE_HOME: '/x' }, '/h/Library/Caches/facet'],
    ['LOCALAPPDATA', 'win32', { LOCALAPPDATA: '/l' }, '/l/facet/Cache'],
  ])('is %s', (_name, platform, env, expected) => {
    expect(cacheFolder(env, platform)).toBe(expected);
  });
});
