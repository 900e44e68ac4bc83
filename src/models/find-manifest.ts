import { access, readdir } from 'node:fs/promises';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { ModelError } from '../core/errors.ts';
import { nearest } from '../core/options/nearest.ts';
import { bundledFolder, modelsFolder, type Env } from './folders.ts';

export type FindOptions = {
  readonly env?: Env | undefined;
  /** Folder of the package's own profiles; another one in tests. */
  readonly bundled?: string | undefined;
};

/** True for something to look up by name: no path and no .json. */
export function isProfileName(nameOrPath: string): boolean {
  return /^[a-z0-9][a-z0-9._-]*$/i.test(nameOrPath) && !nameOrPath.endsWith('.json');
}

/**
 * Path of a profile's manifest: a name is looked up in the package, then in the user's cache; anything else is
 * a path.
 *
 * @throws {ModelError} MODEL_MISSING when there is none; the hint says what to run
 */
export async function findManifest(
  nameOrPath: string,
  { env = process.env, bundled = bundledFolder }: FindOptions = {},
): Promise<string> {
  if (!isProfileName(nameOrPath)) {
    const path = isAbsolute(nameOrPath) ? nameOrPath : resolve(nameOrPath);
    if (await isThere(path)) return path;
    throw new ModelError(`The profile manifest ${nameOrPath} cannot be found.`, {
      code: 'MODEL_MISSING',
      hint: 'Check the path, or give the name of a profile; "facet models list" shows them.',
    });
  }
  const folders = [bundled, modelsFolder(env)];
  for (const folder of folders) {
    const path = join(folder, `${nameOrPath}.json`);
    if (await isThere(path)) return path;
  }
  throw new ModelError(
    `There is no profile ${nameOrPath} (looked in ${folders.map((folder) => folder.replace(new RegExp(`\\${sep}$`), '')).join(' and ')}).`,
    {
      code: 'MODEL_MISSING',
      hint: await howToGet(nameOrPath, await listManifests({ env, bundled })),
    },
  );
}

/** Every profile that can be given by name: the package's first, then the user's. */
export async function listManifests({
  env = process.env,
  bundled = bundledFolder,
}: FindOptions = {}): Promise<
  readonly { readonly name: string; readonly path: string; readonly isBundled: boolean }[]
> {
  const found = new Map<string, { name: string; path: string; isBundled: boolean }>();
  for (const folder of [bundled, modelsFolder(env)]) {
    const files = await readdir(folder).catch(() => []);
    for (const file of files.filter((name) => name.endsWith('.json')).sort()) {
      const name = file.slice(0, -'.json'.length);
      if (!found.has(name)) found.set(name, { name, path: join(folder, file), isBundled: folder === bundled });
    }
  }
  return [...found.values()];
}

function howToGet(name: string, known: readonly { readonly name: string }[]): string {
  if (name === 'mini') return 'It comes with facet: install facet again.';
  if (name === 'e4s') {
    return 'Get iteration_300000.pt and 79999_iter.pth from the authors of E4S, then run "facet models import e4s --checkpoint iteration_300000.pt --parser 79999_iter.pth".';
  }
  const names = known.map((profile) => profile.name);
  const guess = nearest(name, [...names, 'mini', 'e4s']);
  if (guess !== undefined) return `Did you mean ${guess}? "facet models list" shows all profiles.`;
  return `Profiles here: ${names.length === 0 ? 'none' : names.join(', ')}. "facet models list" shows more.`;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
