import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { outputExtensions } from '../../media/containers.ts';

/** Bytes that a file's name may have on the usual file systems. */
const longest = 255;
/** Room for what is put behind an output's name: `.json`, `.log`, `.txt`. */
const room = 5;

/**
 * The output's path for a file of the inbox, both with `/`: folders mirrored, the same name. When the container
 * changes, the old extension stays in the name, so that clip.avi and clip.mp4 stay apart.
 *
 * @param container `same`, or an extension without its dot
 */
export function outputPathFor(file: string, container: string): string {
  const { dir, name, ext } = posix.parse(file);
  const isWritten = outputExtensions.includes(ext.toLowerCase());
  const extension = container !== 'same' ? `.${container}` : isWritten ? ext : '.mp4';
  const stem = extension.toLowerCase() === ext.toLowerCase() ? name : `${name}${ext}`;
  return posix.join(dir, fitName(stem, extension === ext.toLowerCase() ? ext : extension));
}

/** A path with a number before its extension: clip.mp4 → clip.2.mp4; the first has none. */
export function versionedPath(path: string, version: number): string {
  if (version === 1) return path;
  const { dir, name, ext } = posix.parse(path);
  return posix.join(dir, fitName(name, `.${version}${ext}`));
}

/** The first free path of clip.mp4, clip.2.mp4, clip.3.mp4 … */
export async function freePath(
  wanted: string,
  isTaken: (path: string) => boolean | Promise<boolean>,
): Promise<string> {
  for (let version = 1; ; version++) {
    const path = versionedPath(wanted, version);
    if (!(await isTaken(path))) return path;
  }
}

/**
 * Joins stem and ending into a name that a file system takes. What is too long is cut between letters and gets a
 * piece of its hash, so that two long names stay apart.
 */
export function fitName(stem: string, ending: string): string {
  const name = `${stem}${ending}`;
  if (Buffer.byteLength(name) <= longest - room) return name;
  const mark = `~${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
  let left = longest - room - Buffer.byteLength(`${mark}${ending}`);
  let short = '';
  for (const { segment } of new Intl.Segmenter().segment(stem)) {
    left -= Buffer.byteLength(segment);
    if (left < 0) break;
    short += segment;
  }
  return `${short}${mark}${ending}`;
}

/** What two paths have in common that some file systems take for the same. */
export function pathKey(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
