import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Scope } from '../../src/core/scope.ts';
import { autoProviders, chooseDevice, threadsFor } from '../../src/nets/choose-device.ts';
import { openRole, placeRoles } from '../../src/nets/open-role.ts';
import { tinyTrial, trialGraph } from '../../src/nets/trial-graph.ts';
import { tryProvider, type ProviderTrial } from '../../src/nets/try-provider.ts';
import { temporaryFolder } from '../helpers/media.ts';
import { tinyEntry } from '../helpers/profile.ts';

/** Chromium's software Vulkan: a graphics device for machines without one, some thousand times slower. */
const softwareVulkan = '/usr/lib/chromium/vk_swiftshader_icd.json';
const faceMesh = fileURLToPath(new URL('../../../shared/models/facemesh_192.onnx', import.meta.url));

// Processes are started here; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 180_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, 'trial.onnx');
  await writeFile(file, trialGraph(tinyTrial));
});
afterAll(() => folder.remove());
afterEach(() => {
  vi.unstubAllEnvs();
});

const absent = (provider: string): ProviderTrial => ({
  provider,
  isListed: true,
  isUsable: false,
  problem: 'its libraries are not installed',
});

describe('a device asked for by name', () => {
  it('is the processor when that is asked for', async () => {
    expect(await chooseDevice('cpu')).toMatchObject({ provider: 'cpu', reason: 'asked for' });
  });

  it.skipIf(process.platform !== 'linux').each(['coreml', 'dml'])(
    '%s is an error where onnxruntime does not have it',
    async (device) => {
      await expect(chooseDevice(device)).rejects.toMatchObject({
        code: 'DEVICE_UNAVAILABLE',
        exitCode: 6,
        message: `The ${device} device cannot be used here: not part of onnxruntime on this system.`,
      });
    },
  );

  it('cuda is an error that says how to install it where its libraries are missing', async () => {
    await expect(chooseDevice('cuda', (provider) => Promise.resolve(absent(provider)))).rejects.toMatchObject(
      {
        code: 'DEVICE_UNAVAILABLE',
        exitCode: 6,
        hint: expect.stringContaining('npm rebuild onnxruntime-node') as string,
      },
    );
  });

  it('webgpu is used on a software adapter, and a network that it cannot run whole says so', async ({
    skip,
  }) => {
    if (!existsSync(softwareVulkan)) skip("Debian's chromium, which has a software Vulkan, is not installed");
    vi.stubEnv('VK_ICD_FILENAMES', softwareVulkan);
    const device = await chooseDevice('webgpu');
    expect(device).toMatchObject({ provider: 'webgpu', reason: 'asked for' });
    const scope = new Scope();
    try {
      const entry = { ...tinyEntry('mini', 'detector'), file };
      const whole = await openRole('detector', entry, device, scope);
      expect(whole.device).toBe('webgpu (asked for)');
      expect(whole.net.provider).toBe('webgpu');
      if (existsSync(faceMesh)) {
        // The face mesh has shape arithmetic that stays on the processor.
        const part = await openRole('landmarks', { ...entry, file: faceMesh }, device, scope);
        expect(part.device).toMatch(/^webgpu(, some of its layers on cpu)? \(asked for\)$/);
      }
    } finally {
      await scope.close();
    }
  });

  it('webgpu is an error where there is no adapter', async ({ skip }) => {
    vi.stubEnv('VK_ICD_FILENAMES', '/nowhere.json');
    const found = await tryProvider('webgpu');
    if (found.isUsable) skip('this machine has another graphics interface than Vulkan');
    expect(found.problem).not.toBe('');
    await expect(chooseDevice('webgpu')).rejects.toMatchObject({ exitCode: 6 });
  });
});

describe('auto', () => {
  const trying =
    (...found: readonly ProviderTrial[]) =>
    (provider: string): Promise<ProviderTrial> =>
      Promise.resolve(found.find((one) => one.provider === provider) ?? absent(provider));
  const usable = (provider: string, speedUp: number): ProviderTrial => ({
    ...absent(provider),
    isUsable: true,
    problem: '',
    speedUp,
  });
  const [first = '', second = ''] = autoProviders();

  it('takes the fastest device and says why', async () => {
    expect(await chooseDevice('auto', trying(usable(first, 3), usable(second, 8.14)))).toMatchObject({
      provider: second,
      reason: 'auto: 8.1x as fast as the processor in a trial',
    });
  });

  it('takes the processor where no device is worth it, with every reason', async () => {
    expect(await chooseDevice('auto', trying(usable(second, 0)))).toMatchObject({
      provider: 'cpu',
      reason: `auto: no faster device (${first}: its libraries are not installed; ${second}: less than 0.1x as fast as the processor)`,
    });
  });
});

it('the processor runs the trial network in a process of its own', async () => {
  expect(await tryProvider('cpu')).toEqual({ provider: 'cpu', isListed: true, isUsable: true, problem: '' });
});

const cpu = { provider: 'cpu', reason: 'asked for', isAskedFor: true };

it('a device that auto chose and that cannot open a network leaves it to the processor, and says so', async () => {
  const scope = new Scope();
  try {
    const entry = { ...tinyEntry('mini', 'detector'), file };
    const dml = { provider: 'dml', reason: 'auto: 9x', isAskedFor: false };
    const { device, chosen } = await openRole('detector', entry, dml, scope);
    expect(device).toMatch(/^cpu \(auto: The dml device cannot be used here/);
    expect(chosen.provider).toBe('cpu');
    const placed = await placeRoles({ detector: entry }, dml);
    expect(placed['detector']).toEqual({ device, chosen });
    await expect(placeRoles({ detector: entry }, { ...dml, isAskedFor: true })).rejects.toMatchObject({
      exitCode: 6,
    });
    expect((await placeRoles({ parser: entry }, cpu))['parser']?.device).toBe('cpu (asked for)');
    await expect(openRole('detector', entry, { ...dml, isAskedFor: true }, scope)).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
      exitCode: 6,
    });
  } finally {
    await scope.close();
  }
});

it('a role that a profile does not have is an error', async () => {
  await expect(openRole('parser', undefined, cpu, new Scope())).rejects.toMatchObject({
    code: 'MODEL_INCOMPLETE',
    exitCode: 5,
  });
});

it('heavy networks get more threads than light ones, and devices one', () => {
  expect([1, 2, 4, 16].map((cores) => threadsFor('generator', 'cpu', cores))).toEqual([1, 2, 4, 8]);
  expect([1, 2, 4, 16].map((cores) => threadsFor('detector', 'cpu', cores))).toEqual([1, 1, 1, 4]);
  expect(threadsFor('generator', 'cuda', 16)).toBe(1);
});
