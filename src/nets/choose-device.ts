import { availableParallelism } from 'node:os';
import { DeviceError } from '../core/errors.ts';
import { tryProvider, type ProviderTrial } from './try-provider.ts';

/** An execution provider that works here, and why this one. */
export type ChosenDevice = {
  readonly provider: string;
  readonly reason: string;
  /** True when it was asked for by name: it is used or the run fails. */
  readonly isAskedFor: boolean;
};

/** Must be this many times as fast as the processor before `auto` takes it. */
const worthwhile = 1.5;

/**
 * The execution provider for a run. `auto` takes the fastest one that really runs a trial network and is faster
 * than the processor, else the processor, and says why. One asked for by name is used or is an error.
 *
 * @param device auto, cpu, webgpu, cuda, tensorrt, coreml or dml
 * @throws {DeviceError} DEVICE_UNAVAILABLE when the one asked for by name does not work here
 */
export async function chooseDevice(
  device: string,
  tryOne: typeof tryProvider = tryProvider,
): Promise<ChosenDevice> {
  if (device === 'cpu') return { provider: 'cpu', reason: 'asked for', isAskedFor: true };
  if (device !== 'auto') {
    const found = await tryOne(device);
    if (found.isUsable) return { provider: device, reason: 'asked for', isAskedFor: true };
    throw unavailable(found);
  }
  const trials = await Promise.all(autoProviders().map((provider) => tryOne(provider, { isTimed: true })));
  const fast = trials
    .filter(({ isUsable, speedUp = 0 }) => isUsable && speedUp >= worthwhile)
    .sort((a, b) => (b.speedUp ?? 0) - (a.speedUp ?? 0));
  const best = fast[0];
  if (best) {
    return {
      provider: best.provider,
      reason: `auto: ${factor(best)} as fast as the processor in a trial`,
      isAskedFor: false,
    };
  }
  const others = trials.map((trial) => `${trial.provider}: ${whyNot(trial)}`);
  return { provider: 'cpu', reason: `auto: no faster device (${others.join('; ')})`, isAskedFor: false };
}

/**
 * What `auto` tries, by platform. Not tensorrt: it builds its engines anew for minutes at every start.
 */
export function autoProviders(platform: NodeJS.Platform = process.platform): readonly string[] {
  if (platform === 'darwin') return ['coreml', 'webgpu'];
  if (platform === 'win32') return ['dml', 'webgpu'];
  return ['cuda', 'webgpu'];
}

/**
 * Threads inside one operator of a session. The heavy networks (encoder, generator, …) may take all processors up to
 * 8, since they set the pace; the others a quarter. On another device a session needs one.
 */
export function threadsFor(
  role: string,
  provider: string,
  processors: number = availableParallelism(),
): number {
  if (provider !== 'cpu') return 1;
  const isHeavy = ['encoder', 'generator', 'reenactor', 'restorer'].includes(role);
  return isHeavy ? Math.min(processors, 8) : Math.min(Math.ceil(processors / 4), 4);
}

/**
 * Whether a device makes several pictures in one run. Not the processor: faces in runs of two or four cost it as much as
 * in runs of one, or up to 11 % more, as less of the work stays in its caches, and sums may come in another order
 * (`npm run bench -- batch`). Not those that plan for sizes that are known when a network is opened: there each number of
 * faces would be planned for anew.
 */
export function makesSeveral(provider: string): boolean {
  return ['cuda', 'webgpu'].includes(provider);
}

/**
 * How many faces one run of the generator makes at most. Depends on nothing but the device and the picture's side: a
 * preview and the whole run put the same faces of a frame together. On a device that makes several, 4 of 256 px, 2 of 512 px:
 * a run of the published widths then holds up to 1.2 GB (0.29 GB a face at 256 px, 0.63 GB at 1024 px, measured on
 * the processor). On one NVIDIA H200 by WebGPU one, two and four faces of 256 px took 32, 36 and 43 ms a run.
 */
export function facesPerRun(provider: string, side: number): number {
  return makesSeveral(provider) ? Math.max(1, Math.floor(1024 / side)) : 1;
}

/** Why `auto` leaves a provider. */
function whyNot(trial: ProviderTrial): string {
  return trial.isUsable ? `${factor(trial)} as fast as the processor` : trial.problem;
}

/** `8.1x`, or `less than 0.1x` for one that was not waited for. */
export function factor({ speedUp = 0 }: ProviderTrial): string {
  return speedUp < 0.1 ? 'less than 0.1x' : `${speedUp.toFixed(1)}x`;
}

/** The error for a device that was asked for by name. */
export function unavailable({ provider, isListed, problem }: ProviderTrial): DeviceError {
  const isLibrary = ['cuda', 'tensorrt'].includes(provider) && isListed;
  return new DeviceError(`The ${provider} device cannot be used here: ${problem}.`, {
    code: 'DEVICE_UNAVAILABLE',
    hint: isLibrary
      ? `Install its libraries with "ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node", or use --device auto or cpu.`
      : 'Use --device auto or cpu; "facet doctor" shows which devices work here.',
  });
}
