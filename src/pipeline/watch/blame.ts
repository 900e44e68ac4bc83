import { exitCodes, FacetError } from '../../core/errors.ts';
import type { JobFailure } from './entries.ts';
import { now } from './ledger.ts';

/**
 * What a failure says about trying again: `never` when the file can never work, `later` when it may, and
 * `surroundings` when it is not about this file (disk full, model missing, photo gone): then the whole queue waits.
 */
export type Blame = 'never' | 'later' | 'surroundings';

/** Input errors that may go away by themselves: a copy that was cut off may still be completed. */
const passing = new Set([
  'INPUT_TRUNCATED',
  'SIDECAR_UNREADABLE',
  'PROBE_KILLED',
  'DECODER_KILLED',
  'DECODE_INCOMPLETE',
]);
/** Errors about a photo, once the video itself has been opened. */
const ofThePhoto = new Set(['INPUT_NOT_FOUND', 'INPUT_UNREADABLE', 'NO_FACE_IN_SOURCE']);
/** Output errors that are about this file and not about the disk. */
const ofTheFile = new Set(['ENCODER_FAILED', 'ENCODER_KILLED', 'OUTPUT_EXISTS']);

/**
 * Says who is to blame for a failure.
 *
 * @param isOpened true when the file itself has been opened as media: what cannot be read then is a photo
 * @param hasSidecar true when the file has options of its own
 */
export function blameFor(
  error: unknown,
  { isOpened, hasSidecar }: { readonly isOpened: boolean; readonly hasSidecar: boolean },
): Blame {
  const first = leadingError(error);
  if (!(first instanceof FacetError)) return isDiskError(first) ? 'surroundings' : 'later';
  if (isOpened && ofThePhoto.has(first.code)) return hasSidecar ? 'later' : 'surroundings';
  switch (first.exitCode) {
    case exitCodes.input:
      if (first.code === 'FFMPEG_MISSING') return 'surroundings';
      return passing.has(first.code) ? 'later' : 'never';
    case exitCodes.usage:
    case exitCodes.noFace:
      return 'never';
    case exitCodes.output:
      return ofTheFile.has(first.code) ? 'later' : 'surroundings';
    case exitCodes.model:
    case exitCodes.device:
      return 'surroundings';
    default:
      return 'later';
  }
}

/** True for what the disk says when it is full or away, in our own writing. */
export function isDiskError(error: unknown): boolean {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES', 'EPERM', 'ESTALE', 'ENOTCONN', 'EHOSTDOWN'].includes(
    code,
  );
}

/** Of several errors the first; of a wrapper what it holds. */
export function leadingError(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return leadingError(error.errors[0]);
  if (error instanceof Error && !(error instanceof FacetError) && error.cause instanceof FacetError)
    return error.cause;
  return error;
}

/** A failure as it is written down. */
export function failureOf(error: unknown): JobFailure {
  const first = leadingError(error);
  if (first instanceof FacetError) {
    const { code, message, hint, exitCode } = first;
    return { at: now(), code, message, hint, exitCode };
  }
  if (isDiskError(first)) {
    const { code = '', message } = first as NodeJS.ErrnoException;
    const isFull = code === 'ENOSPC' || code === 'EDQUOT';
    return {
      at: now(),
      code: isFull ? 'OUTPUT_DISK_FULL' : 'OUTPUT_NOT_WRITABLE',
      message: isFull ? `The disk is full (${message}).` : `The disk cannot be written (${message}).`,
      hint: isFull
        ? 'Free some space; the watch goes on by itself.'
        : 'Check it; the watch goes on by itself.',
      exitCode: exitCodes.output,
    };
  }
  return {
    at: now(),
    code: 'BUG',
    message: first instanceof Error ? first.message : String(first),
    hint: 'This is a fault in facet; report it with the log of the job.',
    exitCode: exitCodes.bug,
  };
}

/** Which of two results is worse, for the exit code of `--once`. */
export function worseExitCode(a: number, b: number): number {
  const { bug, output, device, model, usage, noFace, input } = exitCodes;
  const order: readonly number[] = [0, input, noFace, usage, model, device, output, bug];
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** Milliseconds before the next try: doubles from try to try, up to an hour. */
export function backOffMs(firstSeconds: number, failureCount: number): number {
  return Math.min(firstSeconds * 2 ** Math.max(0, failureCount - 1), Math.max(3600, firstSeconds)) * 1000;
}
