import type { Role } from '../core/profile.ts';
import type { Scope } from '../core/scope.ts';
import { readProfile } from '../models/read-profile.ts';
import { openRole } from '../nets/open-role.ts';
import type { OpenRole } from '../nets/opened.ts';
import { deviceFor } from './remembered-device.ts';

/**
 * Opens the networks that find faces, and no others: those of a profile, on a device.
 *
 * @throws {ModelError} when one of them is missing or damaged
 * @throws {DeviceError} when a device asked for by name does not work here
 */
export async function faceNetworks({
  profile,
  device,
  env,
}: {
  readonly profile: string;
  readonly device: string;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}): Promise<OpenRole> {
  const [read, chosen] = await Promise.all([
    readProfile(profile, { env, roles: ['detector', 'landmarks'] }),
    deviceFor(device, { env }),
  ]);
  return (role: Role, scope: Scope) => openRole(role, read.roles[role], chosen, scope);
}
