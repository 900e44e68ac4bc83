import { copyFile, lstat, rm, unlink, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { JobEntry, JobFailure } from './entries.ts';
import { fitName, freePath } from './names.ts';
import { isThere, isWhole, makeFolder, placeNew } from './publish.ts';
import { isSameStamp, stampOf } from './stamp.ts';
import { syncFile, syncFolder, writeDurably } from './sync.ts';

/** What happens to originals. Paths are absolute; undefined: they stay. */
export type Disposal = {
  readonly doneDir: string | undefined;
  readonly deleteDone: boolean;
  readonly failedDir: string | undefined;
};

/** True when the original of a job that has ended has to go somewhere. */
export function mustDispose({ state, isDisposed }: JobEntry, disposal: Disposal): boolean {
  if (isDisposed) return false;
  if (state === 'done') return disposal.deleteDone || disposal.doneDir !== undefined;
  return state === 'failed' && disposal.failedDir !== undefined;
}

/**
 * Moves or deletes the original of a job that has ended, with its sidecar. Does nothing to a file that is not
 * the one that was worked on any more. May be done again after a crash at any step.
 */
export async function dispose(inbox: string, entry: JobEntry, disposal: Disposal): Promise<void> {
  const original = join(inbox, entry.file);
  const stats = await lstat(original).catch(() => undefined);
  if (!stats?.isFile() || !isSameStamp(stampOf(stats), entry.stamp)) return;
  const sidecars = [`${original}.yaml`, `${original}.yml`];
  if (entry.state === 'done' && disposal.deleteDone) {
    await unlink(original);
    for (const sidecar of sidecars) await rm(sidecar, { force: true }).catch(() => undefined);
  } else {
    const folder = entry.state === 'done' ? disposal.doneDir : disposal.failedDir;
    if (folder === undefined) return;
    const place = await freePath(join(folder, entry.file), async (path) => {
      return (await isThere(path)) && !(await isWhole(path, { ...entry.stamp, sha256: entry.sha256 }));
    });
    await makeFolder(dirname(place));
    if (entry.state === 'failed') {
      // The reason first: a file that is there has one.
      const reason = join(dirname(place), fitName(basename(place), '.txt'));
      await writeDurably(reason, reasonText(entry));
    }
    await moveFile(original, place, join(folder, `.facet-move-${entry.id}`));
    for (const sidecar of sidecars) {
      if (!(await isThere(sidecar))) continue;
      const beside = join(dirname(place), fitName(basename(place), sidecar.slice(original.length)));
      await moveFile(sidecar, beside, join(folder, `.facet-move-${entry.id}`));
    }
  }
  await syncFolder(dirname(original));
}

/** What the text file beside a failed original says. */
export function reasonText({ file, failures, sha256 }: JobEntry): string {
  const last = failures.at(-1);
  const lines = [
    `${file} could not be done.`,
    '',
    ...(last ? [last.message, last.hint, '', `Code: ${last.code} (exit ${last.exitCode})`] : []),
    `Tries: ${failures.length}`,
    ...failures.map(({ at, code, message }: JobFailure) => `  ${at}  ${code}  ${message}`),
    '',
    `SHA-256 of the file: ${sha256}`,
    'To try it again, put it back into the inbox.',
  ];
  return `${lines.join('\n')}\n`;
}

/** Moves a file to a free name, also to another disk: then by a copy that gets its name when it is whole. */
async function moveFile(from: string, to: string, temporary: string): Promise<void> {
  if (await isThere(to)) {
    // The same file, from a try that was cut off.
    await unlink(from);
    return;
  }
  try {
    await placeNew(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const { atime, mtime } = await lstat(from);
    await rm(temporary, { force: true });
    await copyFile(from, temporary);
    await utimes(temporary, atime, mtime);
    await syncFile(temporary);
    await placeNew(temporary, to);
    await syncFolder(dirname(to));
    await unlink(from);
    return;
  }
  await syncFolder(dirname(to));
}
