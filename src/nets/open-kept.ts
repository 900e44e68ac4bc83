import type { NetworkEntry } from '../core/profile.ts';
import type { Scope } from '../core/scope.ts';
import type { ChosenDevice } from './choose-device.ts';
import { openRole, type RoleNet } from './open-role.ts';

const kept = new WeakMap<Scope, Map<string, Promise<RoleNet>>>();

/**
 * Opens one role's network as {@link openRole} does, once for all runs that share a lasting scope: the same file on the
 * same device is the same session.
 *
 * @throws {ModelError} MODEL_UNREADABLE
 * @throws {DeviceError} DEVICE_UNAVAILABLE
 */
export async function openKept(
  role: string,
  entry: NetworkEntry | undefined,
  chosen: ChosenDevice,
  { lasting }: Scope,
): Promise<RoleNet> {
  const nets = kept.get(lasting) ?? new Map<string, Promise<RoleNet>>();
  kept.set(lasting, nets);
  const key = [role, entry?.file, entry?.sha256, chosen.provider, chosen.isAskedFor].join('\n');
  const opening = nets.get(key) ?? openRole(role, entry, chosen, lasting);
  nets.set(key, opening);
  try {
    const net = await opening;
    return entry ? { ...net, entry } : net;
  } catch (error) {
    nets.delete(key);
    throw error;
  }
}
