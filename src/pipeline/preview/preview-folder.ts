import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { OutputError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';

/** The folder that a preview is written into. */
export type PreviewFolder = {
  readonly path: string;
  /** Where a file of the folder lies; it is removed with the rest when the preview does not come to its end. */
  place(name: string): Promise<string>;
  /** Writes a file; it appears whole or not at all. Resolves with its path. */
  write(name: string, data: Uint8Array | string): Promise<string>;
  /** Takes a file away again. */
  remove(name: string): Promise<void>;
  /** From here on everything stays. */
  keep(): void;
};

/**
 * Makes the folder of a preview: the one asked for, or a new one beside the target. When the scope closes before
 * `keep`, all that was written is removed again.
 *
 * @throws {OutputError} when it holds something already and may not be written into, or cannot be written to
 */
export async function openPreviewFolder(
  { target, outputDir, overwrite }: { target: string; outputDir: string | undefined; overwrite: boolean },
  scope: Scope,
): Promise<PreviewFolder> {
  const path = outputDir === undefined ? await freeName(target) : resolve(outputDir);
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isDirectory()) {
    throw new OutputError(`${path} is a file, not a folder.`, {
      code: 'OUTPUT_NOT_WRITABLE',
      hint: 'Name a folder with --output-dir.',
    });
  }
  if (found && !overwrite && (await readdir(path)).length > 0) {
    throw new OutputError(`The folder ${path} holds something already.`, {
      code: 'OUTPUT_EXISTS',
      hint: 'Choose another folder, or give -y to write into it.',
    });
  }
  const made = await mkdir(path, { recursive: true })
    .then(async (first) => {
      await access(path, constants.W_OK | constants.X_OK);
      return first;
    })
    .catch((cause: unknown) => {
      throw new OutputError(`The folder ${path} cannot be written to.`, {
        code: 'OUTPUT_NOT_WRITABLE',
        hint: 'Check its permissions, or choose another with --output-dir.',
        cause,
      });
    });
  const files = new Set<string>();
  const folders = new Set<string>();
  const running = new Set<Promise<unknown>>();
  let isKept = false;
  let isClosed = false;
  scope.defer('preview folder', async () => {
    isClosed = true;
    await Promise.allSettled(running);
    if (isKept) return;
    for (const file of files) await rm(file, { force: true });
    for (const folder of folders) await rmdir(folder).catch(() => undefined);
    // Parents that were made for it go too, as far as nothing else is in them.
    for (let at = path; made !== undefined && at.startsWith(made); at = dirname(at)) {
      await rmdir(at).catch(() => undefined);
    }
  });
  const place = async (name: string): Promise<string> => {
    if (isClosed) throw new Error('The preview has ended.');
    const file = join(path, name);
    files.add(file);
    if (dirname(file) !== path) {
      if ((await mkdir(dirname(file), { recursive: true })) !== undefined) folders.add(dirname(file));
    }
    return file;
  };
  return {
    path,
    place,
    write(name, data) {
      const writing = place(name)
        .then(async (file) => {
          const part = `${file}.${randomBytes(4).toString('hex')}.facet-part`;
          files.add(part);
          await writeFile(part, data);
          await rename(part, file);
          files.delete(part);
          return file;
        })
        .catch((cause: unknown) => {
          throw writeError(join(path, name), cause);
        })
        .finally(() => running.delete(writing));
      running.add(writing);
      return writing;
    },
    async remove(name) {
      await rm(join(path, name), { force: true });
      files.delete(join(path, name));
    },
    keep() {
      isKept = true;
    },
  };
}

/** `clip-preview`, or the next number that is free: what an earlier preview showed is there to compare. */
async function freeName(target: string): Promise<string> {
  const stem = join(dirname(resolve(target)), `${basename(target, extname(target))}-preview`);
  for (let number = 1; ; number++) {
    const name = number === 1 ? stem : `${stem}-${number}`;
    if (!(await stat(name).catch(() => undefined))) return name;
  }
}

function writeError(file: string, cause: unknown): OutputError {
  const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
  return new OutputError(
    isFull ? `The disk is full: ${file} cannot be written.` : `${file} cannot be written.`,
    {
      code: isFull ? 'OUTPUT_DISK_FULL' : 'OUTPUT_NOT_WRITABLE',
      hint: isFull
        ? 'Free some space, or choose another folder with --output-dir.'
        : 'Check its permissions.',
      cause,
    },
  );
}
