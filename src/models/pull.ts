import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ModelError, UsageError } from '../core/errors.ts';
import { nearest } from '../core/options/nearest.ts';
import { checkProfile } from '../core/profile-schema.ts';
import type { NetworkEntry, Profile } from '../core/profile.ts';
import { catalogue, e4sImport, inCatalogue, type CatalogueItem } from './catalogue.ts';
import { fetchFile, type FetchOptions, type WantedFile } from './fetch-file.ts';
import { writeError } from './file-errors.ts';
import { findManifest, isProfileName, listManifests, type FindOptions } from './find-manifest.ts';
import { modelsFolder } from './folders.ts';
import { openMirror } from './mirror.ts';
import { loadManifest, readProfile, type LoadedProfile } from './read-profile.ts';

export type PullRequest = FindOptions &
  Omit<FetchOptions, 'mirror' | 'env'> & {
    /** A network of the catalogue, or a profile whose entries have addresses. */
    readonly name: string;
    /** Folder, file or http address to fetch from instead. */
    readonly from?: string | undefined;
    /** Profile in which a pulled network takes its role. */
    readonly with: string;
  };

export type Pulled = {
  /** Name or path for --profile. */
  readonly profile: string;
  readonly files: readonly string[];
};

/**
 * Brings a public network into the cache and writes a profile that uses it (`mini-yunet`: mini with YuNet as its
 * detector), or completes a profile whose entries have addresses.
 *
 * @throws {UsageError} USAGE_UNKNOWN_MODEL
 * @throws {ModelError} as {@link fetchFile}; MODEL_IMPORT_ONLY for e4s, whose authors distribute it themselves
 */
export async function pull(request: PullRequest): Promise<Pulled> {
  const item = inCatalogue(request.name);
  return item ? pullItem(item, request) : pullProfile(request);
}

async function pullItem(item: CatalogueItem, request: PullRequest): Promise<Pulled> {
  const folder = modelsFolder(request.env);
  const base = await loadManifest(request.with, request);
  const wanted = wantedFiles({ ...item.entry, file: join(folder, item.entry.file) }, request, item.mirrors);
  await fetchAll(wanted, request);
  const isNamed = isProfileName(request.with);
  const profile: Profile = {
    name: `${base.name}-${item.name}`,
    version: base.version,
    description: `${base.name} with ${item.description}`,
    extends: isNamed ? request.with : base.path,
    roles: { [item.role]: item.entry },
  };
  const path = join(folder, `${profile.name}.json`);
  await writeManifest(path, profile);
  return { profile: profile.name, files: wanted.map((file) => file.path) };
}

async function pullProfile(request: PullRequest): Promise<Pulled> {
  const profile = await profileToPull(request);
  const wanted = Object.values(profile.roles).flatMap((entry) => wantedFiles(entry, request));
  await fetchAll(wanted, request);
  const read = await readProfile(request.name, request);
  return {
    profile: isProfileName(request.name) ? read.name : read.path,
    files: wanted.map((file) => file.path),
  };
}

/** The profile of a name or path; one that is not here yet is taken from a mirror folder that has its manifest. */
async function profileToPull(request: PullRequest): Promise<LoadedProfile> {
  const { name, from } = request;
  const known = await findManifest(name, request).catch(() => undefined);
  if (known !== undefined) return loadManifest(name, request);
  if (from !== undefined && isProfileName(name)) {
    const mirror = await openMirror(from);
    const manifest =
      mirror.kind === 'files' ? mirror.paths.find((path) => basename(path) === `${name}.json`) : undefined;
    if (manifest !== undefined) {
      const own = withRelativePaths(await loadManifest(manifest, request));
      await writeManifest(join(modelsFolder(request.env), `${name}.json`), own);
      return loadManifest(name, request);
    }
  }
  if (name === e4sImport.name) {
    const files = e4sImport.files.map(({ file, from: place }) => `${file} from ${place}`).join(' and ');
    throw new ModelError('The networks of e4s are distributed by their authors and cannot be pulled.', {
      code: 'MODEL_IMPORT_ONLY',
      hint: `Get ${files}, then run "${e4sImport.command}".`,
    });
  }
  const names = [
    ...catalogue.map((item) => item.name),
    ...(await listManifests(request)).map((found) => found.name),
  ];
  const guess = nearest(name, names);
  throw new UsageError(`There is no network or profile ${name} to pull.`, {
    code: 'USAGE_UNKNOWN_MODEL',
    hint: guess === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${guess}?`,
  });
}

async function fetchAll(wanted: readonly WantedFile[], request: PullRequest): Promise<void> {
  const { from, env = process.env, signal, tell, backOffMilliseconds } = request;
  const mirror = from === undefined ? undefined : await openMirror(from);
  for (const file of wanted) await fetchFile(file, { env, mirror, signal, tell, backOffMilliseconds });
}

/** The files of an entry with absolute paths. Extras have no address of their own: a mirror must have them. */
function wantedFiles(
  entry: NetworkEntry,
  { name }: PullRequest,
  mirrors: readonly string[] = [],
): readonly WantedFile[] {
  const command = `facet models pull ${name}`;
  const extras = Object.values(entry.extras ?? {});
  return [
    {
      path: entry.file,
      sha256: entry.sha256,
      bytes: entry.bytes,
      urls: entry.url === undefined ? [] : [entry.url, ...mirrors],
      command,
    },
    ...extras.map(({ file, sha256, bytes }) => ({
      path: file,
      sha256,
      bytes,
      urls: entry.url === undefined ? [] : [new URL(basename(file), entry.url).href],
      command,
    })),
  ];
}

function withRelativePaths({ path, ...profile }: LoadedProfile): Profile {
  const folder = dirname(path);
  const shorten = <T extends { readonly file: string }>(facts: T): T => ({
    ...facts,
    file: facts.file.startsWith(folder) ? facts.file.slice(folder.length + 1) : basename(facts.file),
  });
  const entries = Object.entries(profile.roles).map(([role, entry]) => [
    role,
    {
      ...shorten(entry),
      ...(entry.extras && {
        extras: Object.fromEntries(
          Object.entries(entry.extras).map(([name, extra]) => [name, shorten(extra)]),
        ),
      }),
    },
  ]);
  return { ...profile, roles: Object.fromEntries(entries) as Profile['roles'] };
}

/** Writes a manifest under its name only when it is whole. @throws {OutputError} */
export async function writeManifest(path: string, profile: Profile): Promise<void> {
  checkProfile(profile, path);
  const part = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(part, `${JSON.stringify(profile, null, 2)}\n`);
    await rename(part, path);
  } catch (error) {
    throw writeError(path, error) ?? error;
  }
}
