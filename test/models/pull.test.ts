import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/models/catalogue.ts';
import { pull } from '../../src/models/pull.ts';
import { readProfile } from '../../src/models/read-profile.ts';
import { listCatalogue, listProfiles, profileStatus } from '../../src/models/status.ts';
import { FileServer } from '../helpers/file-server.ts';
import { temporaryFolder } from '../helpers/media.ts';
import { sha256Of, tinyEntry, tinyProfile, writeProfile } from '../helpers/profile.ts';

const shared = fileURLToPath(new URL('../../../shared/models', import.meta.url));
const hasShared = existsSync(shared);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (...names: string[]): string => join(folder.path, ...names);
const options = () => ({
  env: { FACET_HOME: at('home') },
  bundled: at('bundled'),
  with: 'mini',
  backOffMilliseconds: 1,
});

beforeEach(async () => {
  folder = await temporaryFolder();
  await writeProfile(at('bundled'), tinyProfile('mini'));
});
afterEach(() => folder.remove());

describe.skipIf(!hasShared)('public networks from a mirror folder (../shared/models)', () => {
  it.each(catalogue.map(({ name, role }) => [name, role] as const))(
    '%s becomes the %s of mini',
    async (name, role) => {
      const { profile } = await pull({ ...options(), name, from: shared });
      expect(profile).toBe(`mini-${name}`);
      const read = await readProfile(profile, options());
      expect(read.roles[role]?.file).toContain(at('home', 'models', name));
      const other = role === 'detector' ? 'landmarks' : 'detector';
      expect(read.roles[other]?.file).toBe(at('bundled', 'mini', `${other}.onnx`));
    },
  );

  it('two of them join in one profile', async () => {
    await pull({ ...options(), name: 'yunet', from: shared });
    const { profile } = await pull({ ...options(), name: 'facemesh', from: shared, with: 'mini-yunet' });
    const read = await readProfile(profile, options());
    expect(read.roles.detector?.adapter).toBe('yunet');
    expect(read.roles.landmarks?.adapter).toBe('facemesh');
  });

  it('one file will do, under any name', async () => {
    await copyFile(join(shared, 'yunet_n_dynamic.onnx'), at('whatever.bin'));
    await pull({ ...options(), name: 'yunet', from: at('whatever.bin') });
    expect((await listCatalogue(options())).filter(({ isHere }) => isHere)).toHaveLength(1);
  });

  it('come from an http mirror too', async () => {
    const server = await FileServer.start(await readFile(join(shared, 'yunet_n_dynamic.onnx')));
    try {
      await pull({ ...options(), name: 'yunet', from: server.url('mirror') });
      expect(server.requests.map(({ path }) => path)).toEqual(['/mirror/yunet_n_dynamic.onnx']);
    } finally {
      await server.stop();
    }
  });
});

describe('a mirror folder', () => {
  it('without the file says what it must be', async () => {
    await mkdir(at('mirror'));
    await expect(pull({ ...options(), name: 'yunet', from: at('mirror') })).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      exitCode: 5,
      hint: expect.stringContaining('322906 bytes, SHA-256 104ee26c') as string,
    });
    expect(await listProfiles(options())).toHaveLength(1);
  });

  it('with a damaged file names it', async () => {
    await mkdir(at('mirror'));
    await writeFile(at('mirror', 'yunet_n_dynamic.onnx'), 'damaged');
    await expect(pull({ ...options(), name: 'yunet', from: at('mirror') })).rejects.toMatchObject({
      code: 'MODEL_HASH_MISMATCH',
      message: expect.stringContaining(at('mirror', 'yunet_n_dynamic.onnx')) as string,
    });
  });

  it('that is not there is an input error', async () => {
    await expect(pull({ ...options(), name: 'yunet', from: at('none') })).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
      exitCode: 3,
    });
  });

  it("may be another machine's cache: a profile comes with its manifest, extras and all", async () => {
    const entry = {
      ...tinyEntry('e4s', 'encoder'),
      nonCommercial: true,
      extras: { data: { file: 'e4s/encoder.data', sha256: sha256Of('weights'), bytes: 7 } },
    };
    const profile = tinyProfile('e4s');
    const mirror = at('other', 'models');
    await writeProfile(mirror, { ...profile, roles: { ...profile.roles, encoder: entry } });
    await writeFile(join(mirror, 'e4s', 'encoder.data'), 'weights');
    await pull({ ...options(), name: 'e4s', from: mirror });
    const status = await profileStatus('e4s', { ...options(), isFull: true });
    expect(status).toMatchObject({ isComplete: true, isNonCommercial: true, isBundled: false });
    expect(await readFile(at('home', 'models', 'e4s', 'encoder.data'), 'utf8')).toBe('weights');
    expect(status.roles.every(({ entry: found }) => found?.file.startsWith(at('home')))).toBe(true);
  });
});

describe('pull', () => {
  it("completes a profile of one's own from the addresses of its manifest", async () => {
    const server = await FileServer.start(Buffer.from('own detector'));
    try {
      const own = { ...tinyEntry('own', 'detector'), url: server.url('d.onnx'), adapter: 'yunet' };
      const path = await writeProfile(at('own'), tinyProfile('own', { extends: 'mini', roles: { detector: own } }));
      await expect(readProfile(path, options())).rejects.toMatchObject({ code: 'MODEL_MISSING' });
      const pulled = await pull({ ...options(), name: path });
      expect(pulled.profile).toBe(path);
      expect((await readProfile(path, options())).name).toBe('own');
    } finally {
      await server.stop();
    }
  });

  it('of e4s says where its authors distribute it and how to import it', async () => {
    await expect(pull({ ...options(), name: 'e4s' })).rejects.toMatchObject({
      code: 'MODEL_IMPORT_ONLY',
      exitCode: 5,
      hint: expect.stringMatching(/iteration_300000\.pt .* facet models import e4s|models import e4s/) as string,
    });
  });

  it('of an unknown name suggests one', async () => {
    await expect(pull({ ...options(), name: 'yunnet' })).rejects.toMatchObject({
      code: 'USAGE_UNKNOWN_MODEL',
      exitCode: 2,
      hint: 'Did you mean yunet?',
    });
  });

  it('into an unknown profile fails before anything is fetched', async () => {
    await expect(
      pull({ ...options(), name: 'yunet', with: 'none', from: at('none') }),
    ).rejects.toMatchObject({ code: 'MODEL_MISSING' });
  });
});

it('every network of the catalogue has a checked entry, a licence and pinned addresses', () => {
  for (const { entry, mirrors, name } of catalogue) {
    expect(entry.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(entry.file.startsWith(`${name}/`)).toBe(true);
    expect([entry.url, ...mirrors].some((url) => /[0-9a-f]{40}/.test(url))).toBe(true);
  }
});
