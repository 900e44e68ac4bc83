import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

/** What a file looks like from outside; as long as it is the same, so is what is in it. */
export type FileStamp = { readonly sizeBytes: number; readonly mtimeMs: number; readonly inode: number };

/** The stamp of a file. */
export function stampOf({ size, mtimeMs, ino }: Stats): FileStamp {
  return { sizeBytes: size, mtimeMs, inode: ino };
}

/** True when nothing about the file has changed. */
export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeMs === b.mtimeMs && a.inode === b.inode;
}

/** SHA-256 of a file's bytes, as hex. Does not follow a symlink. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
