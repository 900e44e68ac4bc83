import { link, lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { hashFile } from './stamp.ts';
import { syncFolder } from './sync.ts';

/** Names inside a job's work folder. */
export const workNames = { report: 'report.json', log: 'log.txt' } as const;
/** The output inside a job's work folder; the extension says the container. */
export function workOutput(output: string): string {
  return `output${posix.extname(output)}`;
}

/** What lies beside an output. */
export function companionsOf(output: string): readonly string[] {
  return [`${output}.json`, `${output}.log`];
}

/** An output as it was written down before it got its name. */
export type FinishedWork = {
  readonly outputDir: string;
  readonly workDir: string;
  /** Path in the output folder, with `/`. */
  readonly output: string;
  readonly sizeBytes: number;
  readonly sha256: string;
};

/**
 * Where finished work is: still in its work folder, already in its place, not in its place because another file
 * took it, or nowhere. Decided by what is on the disk, so that it holds after any crash.
 */
export async function whereIs(work: FinishedWork): Promise<'in-work' | 'in-place' | 'place-taken' | 'lost'> {
  const place = join(work.outputDir, work.output);
  if (await isWhole(place, work)) return 'in-place';
  if (!(await isWhole(join(work.workDir, workOutput(work.output)), work))) return 'lost';
  return (await isThere(place)) ? 'place-taken' : 'in-work';
}

/**
 * Puts finished work into its place: report and log first, the output last and at once, so that whoever sees it
 * sees it whole and with its report. Never replaces a file. May be done again after a crash at any step.
 *
 * @returns false when another file has taken the name meanwhile
 */
export async function publish(work: FinishedWork): Promise<boolean> {
  const { outputDir, workDir, output } = work;
  const place = join(outputDir, output);
  await makeFolder(dirname(place));
  const [report, log] = companionsOf(place);
  for (const [name, target] of [
    [workNames.report, report!],
    [workNames.log, log!],
  ] as const) {
    await rename(join(workDir, name), target).catch((error: NodeJS.ErrnoException) => {
      // Put there by an earlier try.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  const from = join(workDir, workOutput(output));
  if (!(await isWhole(place, work)) && !(await placeNew(from, place))) return false;
  await syncFolder(dirname(place));
  await rm(workDir, { recursive: true, force: true });
  return true;
}

/** Gives a file another name that must be free. @returns false when it is not */
export async function placeNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    // A file system without links.
    if (await isThere(to)) return false;
    await rename(from, to);
    return true;
  }
  await rm(from, { force: true });
  return true;
}

/** Makes a folder and those above it; their names are on the disk when it resolves. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let folder = path; folder.length >= dirname(first).length; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder === dirname(folder)) break;
  }
}

/** True when there is anything of this name. */
export async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** True when a file has this size and these bytes. */
export async function isWhole(
  path: string,
  { sizeBytes, sha256 }: { readonly sizeBytes: number; readonly sha256: string },
): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() === true && stats.size === sizeBytes && (await hashFile(path)) === sha256;
}
