import { readProfile, type LoadedProfile } from '../../src/models/read-profile.ts';
import { openRole } from '../../src/nets/open-role.ts';
import type { OpenRole } from '../../src/nets/opened.ts';

let profile: Promise<LoadedProfile> | undefined;

/** Opens the bundled networks on the processor. */
export const openMini: OpenRole = async (role, scope) => {
  profile ??= readProfile('mini', { roles: ['detector', 'landmarks', 'refiner', 'parser'] });
  const { roles } = await profile;
  return openRole(role, roles[role], { provider: 'cpu', reason: 'test', isAskedFor: true }, scope);
};
