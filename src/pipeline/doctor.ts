import { access, constants, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { FacetError, UsageError } from '../core/errors.ts';
import { Scope } from '../core/scope.ts';
import { findFfmpeg, findFfprobe, type Env, type FoundProgram } from '../media/find.ts';
import { listCodecs } from '../media/video-encoders.ts';
import { cacheFolder } from '../models/folders.ts';
import { listProfiles, type ProfileStatus } from '../models/status.ts';
import { readProfile } from '../models/read-profile.ts';
import { chooseDevice, unavailable, type ChosenDevice } from '../nets/choose-device.ts';
import { openRole } from '../nets/open-role.ts';
import { tryProvider, type ProviderTrial } from '../nets/try-provider.ts';

export type DoctorRequest = {
  /** Profile and device that the main job would use. */
  readonly profile: string;
  readonly device: string;
  readonly env?: Env | undefined;
  /** Folder of the package's own profiles; another one in tests. */
  readonly bundled?: string | undefined;
  /** How an execution provider is tried; fewer of them in tests. */
  readonly tryOne?: typeof tryProvider | undefined;
};

/** What this machine has. */
export type Diagnosis = {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  /** What this process may use, and what is free, in bytes. */
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly ffmpeg: FoundProgram | undefined;
  readonly ffprobe: FoundProgram | undefined;
  /** Codecs that can be written, with ffmpeg's encoder for each. */
  readonly codecs: readonly { readonly codec: string; readonly encoder: string }[];
  /** Every execution provider, tried with a tiny network. */
  readonly devices: readonly ProviderTrial[];
  /** The device that a run would use. */
  readonly chosen: ChosenDevice | undefined;
  /** What runs each network of the profile, by role; only those that opened. */
  readonly networks: Readonly<Record<string, string>>;
  readonly profiles: readonly ProfileStatus[];
  readonly cache: {
    readonly path: string;
    readonly isWritable: boolean;
    readonly freeBytes: number | undefined;
  };
  /** What keeps the main job from running; empty when it could run. */
  readonly problems: readonly FacetError[];
};

const providers = ['cpu', 'webgpu', 'cuda', 'tensorrt', 'coreml', 'dml'];

/**
 * Finds out whether a swap could run here: ffmpeg, a codec, a device that computes, and a profile whose networks are
 * complete and open. Tries everything, whatever else is wrong.
 */
export async function diagnose({
  profile,
  device,
  env = process.env,
  bundled,
  tryOne = tryProvider,
}: DoctorRequest): Promise<Diagnosis> {
  const problems: FacetError[] = [];
  const attempt = async <T>(work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof FacetError)) throw error;
      problems.push(error);
      return undefined;
    }
  };
  const ffmpeg = await attempt(() => findFfmpeg(env));
  const ffprobe = await attempt(() => findFfprobe(env));
  const codecs = ffmpeg ? listCodecs(ffmpeg) : [];
  if (ffmpeg && codecs.length === 0) problems.push(noCodec(ffmpeg));
  const devices = await Promise.all(
    providers.map((provider) => (isElsewhere(provider) ? elsewhere(provider) : tryOne(provider))),
  );
  const chosen = await attempt(() => choose(device, devices, tryOne));
  const networks: Record<string, string> = {};
  await attempt(async () => {
    const { roles } = await readProfile(profile, { env, bundled });
    const scope = new Scope();
    try {
      for (const [role, entry] of Object.entries(roles)) {
        if (!chosen) continue;
        networks[role] = (await openRole(role, entry, chosen, scope)).device;
      }
    } finally {
      await scope.close();
    }
  });
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
    freeMemoryBytes: freemem(),
    ffmpeg: ffmpeg && { path: ffmpeg.path, from: ffmpeg.from, version: ffmpeg.version },
    ffprobe,
    codecs,
    devices,
    chosen,
    networks,
    profiles: await listProfiles({ env, bundled }),
    cache: await cacheFacts(env),
    problems,
  };
}

/** True for what exists on another system only: not worth a process. */
function isElsewhere(provider: string): boolean {
  if (provider === 'coreml') return process.platform !== 'darwin';
  if (provider === 'dml') return process.platform !== 'win32';
  return ['cuda', 'tensorrt'].includes(provider) && process.platform === 'darwin';
}

function elsewhere(provider: string): ProviderTrial {
  return { provider, isListed: false, isUsable: false, problem: 'not for this system' };
}

/** The device of a run. What did not work once is not tried again. */
function choose(
  device: string,
  trials: readonly ProviderTrial[],
  tryOne: typeof tryProvider,
): Promise<ChosenDevice> {
  const cpu = trials.find(({ provider }) => provider === 'cpu');
  if (cpu && !cpu.isUsable) throw unavailable(cpu);
  return chooseDevice(device, (provider, options) => {
    const known = trials.find((trial) => trial.provider === provider);
    return known && (!known.isUsable || options?.isTimed !== true)
      ? Promise.resolve(known)
      : tryOne(provider, options);
  });
}

function noCodec({ path }: FoundProgram): UsageError {
  return new UsageError(`The ffmpeg ${path} has none of the encoders that facet uses.`, {
    code: 'USAGE_NO_ENCODER',
    hint: 'Install an ffmpeg with libx264, or set FFMPEG_PATH to one.',
  });
}

/** Where the cache is or will be, and whether it can be written. */
async function cacheFacts(env: Env): Promise<Diagnosis['cache']> {
  const path = cacheFolder(env);
  for (let folder = path; ; folder = dirname(folder)) {
    const isThere = await access(folder).then(
      () => true,
      () => false,
    );
    if (!isThere && folder !== dirname(folder)) continue;
    const isWritable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
    const disk = await statfs(folder).catch(() => undefined);
    return { path, isWritable, freeBytes: disk && disk.bavail * disk.bsize };
  }
}
