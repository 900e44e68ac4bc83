import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, type Env } from '../models/folders.ts';
import { chooseDevice, type ChosenDevice } from '../nets/choose-device.ts';
import { machineFacts } from '../nets/machine.ts';
import { tryProvider, type ProviderTrial } from '../nets/try-provider.ts';

/** An answer is asked for anew after so many days: a driver can be mended without leaving a trace. */
const holdsDays = 7;
const dayMs = 86_400_000;

/**
 * The execution provider for a run, as {@link chooseDevice} finds it. What `auto` found on this machine is kept in the
 * cache folder and used again for a week, for as long as processor, system, onnxruntime, graphics devices, drivers and
 * environment are the same: trials cost processes of their own at every start. Where the cache cannot be written, the
 * trials are made every time. A device asked for by name is always tried.
 *
 * @throws {DeviceError} DEVICE_UNAVAILABLE when the one asked for by name does not work here
 */
export async function deviceFor(
  device: string,
  {
    env = process.env,
    tryOne = tryProvider,
    nowMs = Date.now(),
  }: {
    readonly env?: Env | undefined;
    readonly tryOne?: typeof tryProvider;
    readonly nowMs?: number;
  } = {},
): Promise<ChosenDevice> {
  if (device !== 'auto') return chooseDevice(device, tryOne);
  const file = await fileFor(env);
  const known = await read(file, nowMs);
  if (known) return known;
  const trials: ProviderTrial[] = [];
  const chosen = await chooseDevice(device, async (provider, options) => {
    const trial = await tryOne(provider, options);
    trials.push(trial);
    return trial;
  });
  if (trials.every(isConclusive)) await keep(file, chosen, nowMs);
  return chosen;
}

/** Forgets what `auto` found here: it turned out otherwise. */
export async function forgetDevice(env: Env = process.env): Promise<void> {
  await rm(await fileFor(env), { force: true }).catch(() => undefined);
}

/** False for a device that did not answer, crashed or was too slow: that may have been the machine's bad moment. */
function isConclusive({ isUsable, problem, speedUp = 0 }: ProviderTrial): boolean {
  return isUsable ? speedUp > 0 : !/did not answer|crashed/.test(problem);
}

/** One file for each machine: a home folder may be seen by several. */
async function fileFor(env: Env): Promise<string> {
  const key = createHash('sha256')
    .update(await machineFacts(env))
    .digest('hex')
    .slice(0, 32);
  return join(cacheFolder(env), 'devices', `${key}.json`);
}

async function read(file: string, nowMs: number): Promise<ChosenDevice | undefined> {
  try {
    const { provider, reason, atMs } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    if (typeof provider !== 'string' || typeof reason !== 'string' || typeof atMs !== 'number')
      return undefined;
    const ageMs = nowMs - atMs;
    if (ageMs < 0 || ageMs > holdsDays * dayMs) return undefined;
    return { provider, reason, isAskedFor: false };
  } catch {
    return undefined;
  }
}

async function keep(file: string, { provider, reason }: ChosenDevice, atMs: number): Promise<void> {
  const part = `${file}.${process.pid}`;
  try {
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(part, JSON.stringify({ provider, reason, atMs }));
    await rename(part, file);
  } catch {
    // Only slower next time.
  }
}
