import { ModelError } from '../core/errors.ts';
import type { NetworkEntry } from '../core/profile.ts';
import { Scope } from '../core/scope.ts';
import { makesSeveral, threadsFor, type ChosenDevice } from './choose-device.ts';
import { openNet, type Net } from './net.ts';

/** An open network of a profile, and what runs it. */
export type RoleNet = {
  readonly net: Net;
  readonly entry: NetworkEntry;
  /** For the `started` event, e.g. `cpu (asked for)`. */
  readonly device: string;
  /** The device it really runs on: another one where `auto`'s choice cannot open it. */
  readonly chosen: ChosenDevice;
};

/** Where each network of a profile will run: its device, and that in words. */
export type Placement = Readonly<Record<string, { readonly chosen: ChosenDevice; readonly device: string }>>;

/**
 * Finds out where each network of a profile can run, before any work begins. On the processor that is known; on any
 * other device every network is opened for it once and closed again.
 *
 * @param roles entries by role, with absolute paths
 * @throws {DeviceError} DEVICE_UNAVAILABLE when a device asked for by name cannot open one
 */
export async function placeRoles(
  roles: Readonly<Partial<Record<string, NetworkEntry>>>,
  chosen: ChosenDevice,
): Promise<Placement> {
  const placed: Record<string, Placement[string]> = {};
  for (const [role, entry] of Object.entries(roles)) {
    if (chosen.provider === 'cpu') {
      placed[role] = { chosen, device: inWords(chosen) };
      continue;
    }
    const scope = new Scope();
    try {
      const { device, chosen: used } = await openRole(role, entry, chosen, scope);
      placed[role] = { chosen: used, device };
    } finally {
      await scope.close();
    }
  }
  return placed;
}

/**
 * Opens one role's network on a device that {@link chooseDevice} chose, in a worker thread that the scope closes.
 *
 * onnxruntime gives nodes that a device does not know to the processor without a word. So on any device but the
 * processor the network is first opened with that forbidden; only when that fails it is opened with it, and `device`
 * says so.
 *
 * A device that `auto` chose and that cannot open this network gives it to the processor, and `device` says so.
 *
 * @param role in messages and for the number of threads
 * @param entry as {@link readProfile} gives it, with an absolute path
 * @throws {ModelError} MODEL_UNREADABLE
 * @throws {DeviceError} DEVICE_UNAVAILABLE
 */
export async function openRole(
  role: string,
  entry: NetworkEntry | undefined,
  chosen: ChosenDevice,
  scope: Scope,
): Promise<RoleNet> {
  if (!entry) {
    throw new ModelError(`The profile has no ${role} network.`, {
      code: 'MODEL_INCOMPLETE',
      hint: `Add roles.${role} to its manifest, or use another profile.`,
    });
  }
  try {
    return await openOn(role, entry, chosen, scope);
  } catch (error) {
    if (chosen.isAskedFor || chosen.provider === 'cpu') throw error;
    const why = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    return openOn(role, entry, { ...chosen, provider: 'cpu', reason: `auto: ${why}` }, scope);
  }
}

async function openOn(
  role: string,
  entry: NetworkEntry,
  chosen: ChosenDevice,
  scope: Scope,
): Promise<RoleNet> {
  const { provider } = chosen;
  const spec = {
    file: entry.file,
    provider,
    threads: threadsFor(role, provider),
    isOneByOne: provider !== 'cpu' && !makesSeveral(provider),
  };
  try {
    const isWhole = provider !== 'cpu';
    const net = await openNet(role, { ...spec, isWhole }, scope);
    return { net, entry, chosen, device: inWords(chosen) };
  } catch (error) {
    if (!isFallback(error)) throw error;
  }
  const net = await openNet(role, spec, scope);
  return { net, entry, chosen, device: inWords(chosen, ', some of its layers on cpu') };
}

function inWords({ provider, reason }: ChosenDevice, more = ''): string {
  return `${provider}${more} (${reason})`;
}

function isFallback(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (/fallback to CPU/i.test(at.message)) return true;
  }
  return false;
}
