import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, type Env } from './folders.ts';

/** True when the file was hashed before, with this result, and has not been touched since. */
export async function isRemembered(path: string, facts: Stats, sha256: string, env: Env): Promise<boolean> {
  const text = await readFile(recordOf(path, env), 'utf8').catch(() => undefined);
  return text === record(path, facts, sha256);
}

/** Keeps a hash for next time; where the cache cannot be written, the file is hashed again then. */
export async function remember(path: string, facts: Stats, sha256: string, env: Env): Promise<void> {
  const file = recordOf(path, env);
  const part = `${file}.${process.pid}`;
  try {
    await mkdir(join(cacheFolder(env), 'verified'), { recursive: true });
    await writeFile(part, record(path, facts, sha256));
    await rename(part, file);
  } catch {
    // Only slower next time.
  }
}

function recordOf(path: string, env: Env): string {
  const name = createHash('sha256').update(path).digest('hex').slice(0, 32);
  return join(cacheFolder(env), 'verified', `${name}.json`);
}

function record(path: string, { size, mtimeMs, ctimeMs, ino }: Stats, sha256: string): string {
  return JSON.stringify({ path, size, mtimeMs, ctimeMs, ino, sha256 });
}
