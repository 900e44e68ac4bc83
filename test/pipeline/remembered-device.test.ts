import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { autoProviders } from '../../src/nets/choose-device.ts';
import type { ProviderTrial } from '../../src/nets/try-provider.ts';
import { deviceFor, forgetDevice } from '../../src/pipeline/remembered-device.ts';
import { temporaryFolder } from '../helpers/media.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

const day = 86_400_000;
const [, second = ''] = autoProviders();

/** Trials that find the second device so many times as fast as the processor, and count themselves. */
function trying(speedUp = 3, problem = 'its libraries are not installed') {
  const tried: string[] = [];
  const tryOne = (provider: string): Promise<ProviderTrial> => {
    tried.push(provider);
    return Promise.resolve(
      provider === second
        ? { provider, isListed: true, isUsable: true, problem: '', speedUp }
        : { provider, isListed: true, isUsable: false, problem },
    );
  };
  return { tried, tryOne };
}

const asked = (env: Record<string, string> = {}) => ({ env: { FACET_HOME: folder.path, ...env } });

describe('deviceFor', () => {
  it('tries once, and takes its word for it the next time', async () => {
    const { tried, tryOne } = trying();
    const first = await deviceFor('auto', { ...asked(), tryOne });
    expect(first).toMatchObject({ provider: second, isAskedFor: false });
    expect(tried).toEqual(autoProviders());
    expect(await deviceFor('auto', { ...asked(), tryOne })).toEqual(first);
    expect(tried).toHaveLength(autoProviders().length);
  });

  it('tries again after a week, on another machine, and when told to forget', async () => {
    const { tried, tryOne } = trying();
    const each = autoProviders().length;
    await deviceFor('auto', { ...asked(), tryOne, nowMs: 0 });
    await deviceFor('auto', { ...asked(), tryOne, nowMs: 7 * day });
    expect(tried).toHaveLength(each);
    await deviceFor('auto', { ...asked(), tryOne, nowMs: 7 * day + 1 });
    expect(tried).toHaveLength(2 * each);
    await deviceFor('auto', { ...asked({ CUDA_VISIBLE_DEVICES: '1' }), tryOne, nowMs: 8 * day });
    expect(tried).toHaveLength(3 * each);
    await forgetDevice(asked().env);
    await deviceFor('auto', { ...asked(), tryOne, nowMs: 8 * day });
    expect(tried).toHaveLength(4 * each);
  });

  it('does not keep what may have been a bad moment', async () => {
    for (const { tryOne } of [trying(0), trying(3, 'it did not answer within 20 s')]) {
      await deviceFor('auto', { ...asked(), tryOne });
      expect(await readdir(folder.path)).toEqual([]);
    }
  });

  it('always tries what is asked for by name', async () => {
    const { tried, tryOne } = trying();
    for (let time = 1; time <= 2; time++) {
      expect(await deviceFor(second, { ...asked(), tryOne })).toMatchObject({ isAskedFor: true });
      expect(tried).toHaveLength(time);
    }
  });

  it('works where the cache is damaged or cannot be written', async () => {
    const { tried, tryOne } = trying();
    await deviceFor('auto', { ...asked(), tryOne });
    const [name = ''] = await readdir(join(folder.path, 'devices'));
    await writeFile(join(folder.path, 'devices', name), '{"provider":');
    expect(await deviceFor('auto', { ...asked(), tryOne })).toMatchObject({ provider: second });
    expect(tried).toHaveLength(2 * autoProviders().length);
    await writeFile(join(folder.path, 'file'), '');
    const env = { FACET_HOME: join(folder.path, 'file') };
    expect(await deviceFor('auto', { env, tryOne })).toMatchObject({ provider: second });
  });
});
