import { OutputError } from '../core/errors.ts';

/**
 * The error for a file that cannot be written: disk full, no permission, a file where a folder should be.
 *
 * @returns undefined when `error` is none of these
 */
export function writeError(path: string, error: unknown): OutputError | undefined {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OutputError(`The disk is full: ${path} cannot be written.`, {
      code: 'OUTPUT_DISK_FULL',
      hint: 'Make room, or set FACET_HOME to a folder on another disk.',
      cause: error,
    });
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ENOENT'].includes(code)) {
    return new OutputError(`The model cache cannot be written: ${path} (${code}).`, {
      code: 'OUTPUT_NOT_WRITABLE',
      hint: 'Check its permissions, or set FACET_HOME to a folder that you may write.',
      cause: error,
    });
  }
  return undefined;
}

/** `ENOENT` and the like, also of the cause; empty when there is none. */
export function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return '';
}
