import { readFile, rm, writeFile } from 'node:fs/promises';
import { ModelError } from '../core/errors.ts';
import { codeOf } from './file-errors.ts';

/**
 * Runs `work` while this process alone holds a lock beside a file, so that two pulls never write one file. The
 * lock of a process that is gone is taken over.
 *
 * @throws {ModelError} MODEL_BUSY when another process holds it
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
      if (attempt > 0 || isAlive(owner)) {
        throw new ModelError(`Another facet (process ${owner}) is fetching ${path}.`, {
          code: 'MODEL_BUSY',
          hint: `Wait for it; if there is none, remove ${lock}.`,
        });
      }
      await rm(lock, { force: true });
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
