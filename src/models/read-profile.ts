import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ModelError } from '../core/errors.ts';
import { checkProfile } from '../core/profile-schema.ts';
import { requiredRoles, roles, type NetworkEntry, type Profile, type Role } from '../core/profile.ts';
import { checkFile } from './check-file.ts';
import { findManifest, type FindOptions } from './find-manifest.ts';

/** A profile with absolute paths, and where its manifest lies. */
export type LoadedProfile = Profile & { readonly path: string };

export type ReadProfileOptions = FindOptions & {
  /** Roles that must be there; their files and those of no others are checked. Default: all present and the required ones. */
  readonly roles?: readonly Role[];
  /** Hash every file, also the large ones whose hash is remembered. */
  readonly isFull?: boolean;
};

/**
 * Reads a profile by name (`mini`, `e4s`, …) or by the path of its manifest, with absolute paths, the roles of the
 * profile it extends, and its files checked: there, right size, right SHA-256.
 *
 * @throws {ModelError} MODEL_MISSING, MODEL_MANIFEST_INVALID, MODEL_INCOMPLETE (a role or part of a file) or
 *   MODEL_HASH_MISMATCH; the message names the file, the hint says what to run
 */
export async function readProfile(
  nameOrPath: string,
  options: ReadProfileOptions = {},
): Promise<LoadedProfile> {
  const profile = await loadManifest(nameOrPath, options);
  const wanted = options.roles ?? roles.filter((role) => profile.roles[role] ?? requiredRoles.includes(role));
  for (const role of wanted) {
    const problem = await roleProblem(profile, role, options);
    if (problem) throw problem;
  }
  return profile;
}

/** The manifest alone, files unchecked. @throws {ModelError} MODEL_MISSING or MODEL_MANIFEST_INVALID */
export async function loadManifest(
  nameOrPath: string,
  options: FindOptions = {},
  extending: readonly string[] = [],
): Promise<LoadedProfile> {
  const path = await findManifest(nameOrPath, options);
  if (extending.includes(path)) {
    throw new ModelError(`The manifest ${path} extends itself.`, {
      code: 'MODEL_MANIFEST_INVALID',
      hint: 'Remove `extends` from one of the manifests.',
    });
  }
  const own = withAbsolutePaths(checkProfile(await readJson(path), path), dirname(path));
  if (own.extends === undefined) return { ...own, path };
  const isPath = /[/\\]|\.json$/.test(own.extends);
  const base = await loadManifest(isPath ? resolve(dirname(path), own.extends) : own.extends, options, [
    ...extending,
    path,
  ]);
  return { ...own, roles: { ...base.roles, ...own.roles }, path };
}

/** What is wrong with a role of a profile; undefined when its files are complete. */
export async function roleProblem(
  profile: LoadedProfile,
  role: Role,
  { isFull, env }: ReadProfileOptions,
): Promise<ModelError | undefined> {
  const entry = profile.roles[role];
  if (!entry) {
    return new ModelError(`The profile ${profile.name} (${profile.path}) has no ${role} network.`, {
      code: 'MODEL_INCOMPLETE',
      hint: `Add roles.${role} to the manifest, or use another profile.`,
    });
  }
  const options = {
    what: `the ${role} of ${profile.name}`,
    hint: howToRepair(profile, entry),
    ...(isFull === undefined ? {} : { isFull }),
    ...(env === undefined ? {} : { env }),
  };
  try {
    for (const { file, sha256, bytes } of [entry, ...Object.values(entry.extras ?? {})]) {
      await checkFile({ path: file, sha256, bytes }, options);
    }
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
}

function howToRepair({ name }: Profile, { url }: NetworkEntry): string {
  if (name === 'mini') return 'It comes with facet: install facet again.';
  if (name === 'e4s') return 'Run "facet models import e4s --checkpoint iteration_300000.pt" again.';
  return url === undefined
    ? 'Put the right file there; "facet models verify" says when it is.'
    : `Run "facet models pull ${name}", or put ${url} there.`;
}

function withAbsolutePaths(profile: Profile, folder: string): Profile {
  const entries = Object.entries(profile.roles).map(([role, entry]) => {
    const { extras } = entry;
    return [
      role,
      {
        ...entry,
        file: resolve(folder, entry.file),
        ...(extras && {
          extras: Object.fromEntries(
            Object.entries(extras).map(([name, extra]) => [
              name,
              { ...extra, file: resolve(folder, extra.file) },
            ]),
          ),
        }),
      },
    ];
  });
  return { ...profile, roles: Object.fromEntries(entries) as Profile['roles'] };
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ModelError(`The profile manifest ${path} cannot be read.`, {
      code: 'MODEL_MANIFEST_INVALID',
      hint: 'Check that it is a file and that you may read it.',
      cause,
    });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ModelError(`The profile manifest ${path} is not JSON.`, {
      code: 'MODEL_MANIFEST_INVALID',
      hint: cause instanceof Error ? cause.message : 'Check its syntax.',
      cause,
    });
  }
}
