import { open, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes sure that a file's bytes are on the disk, whatever happens to the power. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes sure that a folder's names are on the disk. Systems that cannot sync a folder are left to themselves. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EINVAL', 'EISDIR', 'EPERM', 'EACCES', 'ENOTSUP', 'EBADF'].includes(code)) throw error;
  }
}

/** What is being written to get this name. Always the same, so that what a crash leaves is written over. */
function newName(path: string): string {
  return `${path}.new`;
}

/** Replaces a small file as a whole: readers see the old or the new one. Not synced: what it holds can be made again. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = newName(path);
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/** Writes a file that must survive: bytes first, then its name, then the folder. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const temporary = newName(path);
  await writeFile(temporary, content);
  await syncFile(temporary);
  await rename(temporary, path);
  await syncFolder(dirname(path));
}
