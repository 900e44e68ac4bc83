import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError, ModelError } from '../core/errors.ts';
import { hashFile } from './check-file.ts';

/** A place to fetch files from instead of their public addresses. */
export type Mirror =
  | { readonly kind: 'files'; readonly paths: readonly string[]; readonly place: string }
  | { readonly kind: 'address'; readonly base: string };

/** How deep a mirror folder is searched, and how many files it may have. */
const deepest = 3;
const mostFiles = 20_000;

/**
 * Opens a mirror: a folder, one file, or an http(s) address under which files lie by their names.
 *
 * @throws {InputError} INPUT_NOT_FOUND
 */
export async function openMirror(from: string): Promise<Mirror> {
  if (/^https?:\/\//.test(from)) return { kind: 'address', base: from.replace(/\/*$/, '/') };
  const facts = await stat(from).catch((cause: unknown) => {
    throw new InputError(`The mirror ${from} cannot be found.`, {
      code: 'INPUT_NOT_FOUND',
      hint: 'Give --from a folder, a file, or an http address.',
      cause,
    });
  });
  return { kind: 'files', paths: facts.isDirectory() ? await filesIn(from, deepest) : [from], place: from };
}

async function filesIn(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (depth > 1) found.push(...(await filesIn(path, depth - 1)));
    } else found.push(path);
    if (found.length > mostFiles) break;
  }
  return found;
}

/**
 * The file of a mirror that has a size and a hash, whatever its name.
 *
 * @throws {ModelError} MODEL_HASH_MISMATCH when only one of its name is there, else MODEL_MISSING
 */
export async function findInMirror(
  { paths, place }: Extract<Mirror, { kind: 'files' }>,
  { name, sha256, bytes }: { readonly name: string; readonly sha256: string; readonly bytes: number },
): Promise<string> {
  for (const path of paths) {
    const size = await stat(path).then(
      (facts) => (facts.isFile() ? facts.size : -1),
      () => -1,
    );
    if (size === bytes && (await hashFile(path)) === sha256) return path;
  }
  const facts = `${bytes} bytes, SHA-256 ${sha256}`;
  const namesake = paths.find((path) => basename(path) === name) ?? (paths.length === 1 ? place : undefined);
  if (namesake !== undefined) {
    throw new ModelError(`${namesake} is not the right ${name}: its size or SHA-256 differs.`, {
      code: 'MODEL_HASH_MISMATCH',
      hint: `The right one has ${facts}.`,
    });
  }
  throw new ModelError(`${name} is not in ${place}.`, {
    code: 'MODEL_MISSING',
    hint: `Put it there under any name; it has ${facts}.`,
  });
}
