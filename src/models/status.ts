import { ModelError } from '../core/errors.ts';
import { requiredRoles, roles, type NetworkEntry, type Role } from '../core/profile.ts';
import { catalogue, type CatalogueItem } from './catalogue.ts';
import { checkFile } from './check-file.ts';
import { listManifests, type FindOptions } from './find-manifest.ts';
import { modelsFolder } from './folders.ts';
import { loadManifest, roleProblem, type LoadedProfile } from './read-profile.ts';
import { join } from 'node:path';

/** A role of a profile and whether its files are right. */
export type RoleStatus = {
  readonly role: Role;
  /** Absolute paths; undefined for a role that must be there and is not. */
  readonly entry: NetworkEntry | undefined;
  /** With extras. */
  readonly bytes: number;
  readonly problem: ModelError | undefined;
};

export type ProfileStatus = {
  readonly name: string;
  readonly path: string;
  readonly isBundled: boolean;
  readonly description: string;
  readonly roles: readonly RoleStatus[];
  /** True when every role that must be there is there, and every file is right. */
  readonly isComplete: boolean;
  readonly isNonCommercial: boolean;
  /** Why the manifest itself cannot be used. */
  readonly problem: ModelError | undefined;
};

export type StatusOptions = FindOptions & {
  /** Hash every file, also large ones that were hashed before. */
  readonly isFull?: boolean;
};

/** State of one profile; what is wrong with it is in the result. @throws {ModelError} when there is none of this name */
export async function profileStatus(nameOrPath: string, options: StatusOptions = {}): Promise<ProfileStatus> {
  const profile = await loadManifest(nameOrPath, options);
  const found: RoleStatus[] = [];
  for (const role of roles) {
    const entry = profile.roles[role];
    if (!entry && !requiredRoles.includes(role)) continue;
    found.push({
      role,
      entry,
      bytes: entry ? totalBytes(entry) : 0,
      problem: await roleProblem(profile, role, options),
    });
  }
  return {
    ...factsOf(profile),
    isBundled: await isBundled(profile.path, options),
    roles: found,
    isComplete: found.every(({ problem }) => problem === undefined),
    isNonCommercial: found.some(({ entry }) => entry?.nonCommercial === true),
    problem: undefined,
  };
}

/** State of every profile that can be given by name. */
export async function listProfiles(options: StatusOptions = {}): Promise<readonly ProfileStatus[]> {
  const found: ProfileStatus[] = [];
  for (const { name, path, isBundled: bundled } of await listManifests(options)) {
    try {
      found.push(await profileStatus(name, options));
    } catch (problem) {
      if (!(problem instanceof ModelError)) throw problem;
      const nothing = { roles: [], isComplete: false, isNonCommercial: false };
      found.push({ name, path, isBundled: bundled, description: '', ...nothing, problem });
    }
  }
  return found;
}

/** The public networks, and whether each is in the cache. */
export async function listCatalogue({ env }: FindOptions = {}): Promise<
  readonly { readonly item: CatalogueItem; readonly path: string; readonly isHere: boolean }[]
> {
  return Promise.all(
    catalogue.map(async (item) => {
      const { file, sha256, bytes } = item.entry;
      const path = join(modelsFolder(env), file);
      const isHere = await checkFile({ path, sha256, bytes }, { what: item.name, hint: '' }).then(
        () => true,
        () => false,
      );
      return { item, path, isHere };
    }),
  );
}

function totalBytes({ bytes, extras = {} }: NetworkEntry): number {
  return Object.values(extras).reduce((sum, extra) => sum + extra.bytes, bytes);
}

function factsOf({ name, path, description }: LoadedProfile): Pick<ProfileStatus, 'name' | 'path' | 'description'> {
  return { name, path, description };
}

async function isBundled(path: string, options: FindOptions): Promise<boolean> {
  return (await listManifests(options)).some((found) => found.path === path && found.isBundled);
}
