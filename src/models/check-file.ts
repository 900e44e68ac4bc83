import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ModelError } from '../core/errors.ts';
import type { Env } from './folders.ts';
import { isRemembered, remember } from './remembered.ts';

/** What a file of a network should be. */
export type FileFacts = { readonly path: string; readonly sha256: string; readonly bytes: number };

/** Up to this size a file is hashed whenever it is opened; larger ones only when they have changed. */
const alwaysHashedBytes = 64 * 2 ** 20;

/**
 * Checks that a file is there, has its size and its hash. The hash of a large file is remembered with the file's
 * size, times and inode, so that it is not read again until it changes; `isFull` reads it anyway.
 *
 * @param what names it in messages, e.g. `the detector of mini`
 * @param hint what to do when something is wrong
 * @throws {ModelError} MODEL_MISSING, MODEL_INCOMPLETE (wrong size) or MODEL_HASH_MISMATCH
 */
export async function checkFile(
  { path, sha256, bytes }: FileFacts,
  {
    what,
    hint,
    isFull = false,
    env = process.env,
  }: { readonly what: string; readonly hint: string; readonly isFull?: boolean; readonly env?: Env },
): Promise<void> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new ModelError(`The file of ${what} is missing: ${path}.`, { code: 'MODEL_MISSING', hint, cause });
  });
  if (!facts.isFile() || facts.size !== bytes) {
    const size = facts.isFile() ? `${facts.size} bytes, not ${bytes}` : 'no file';
    throw new ModelError(`The file of ${what} is incomplete or another one: ${path} is ${size}.`, {
      code: 'MODEL_INCOMPLETE',
      hint,
    });
  }
  const isLarge = bytes >= alwaysHashedBytes;
  if (isLarge && !isFull && (await isRemembered(path, facts, sha256, env))) return;
  const found = await hashFile(path);
  if (found !== sha256) {
    throw new ModelError(`The file of ${what} is damaged or another one: ${path} has a wrong SHA-256.`, {
      code: 'MODEL_HASH_MISMATCH',
      hint,
      cause: new Error(`SHA-256 is ${found}, expected ${sha256}.`),
    });
  }
  if (isLarge) await remember(path, facts, sha256, env);
}

/** SHA-256 of a file, 64 hexadecimal digits. @throws {ModelError} MODEL_UNREADABLE */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  } catch (cause) {
    throw new ModelError(`The file ${path} cannot be read.`, {
      code: 'MODEL_UNREADABLE',
      hint: 'Check that you may read it.',
      cause,
    });
  }
  return hash.digest('hex');
}
