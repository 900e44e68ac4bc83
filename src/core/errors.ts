/** Exit codes of the `facet` command, by kind of error. */
export const exitCodes = {
  bug: 1,
  usage: 2,
  input: 3,
  noFace: 4,
  model: 5,
  device: 6,
  output: 7,
  interrupted: 130,
} as const;

export type ErrorDetails = {
  /** Stable machine-readable name, e.g. `INPUT_UNREADABLE`. */
  readonly code: string;
  /** One sentence: what the user can do about it. */
  readonly hint: string;
  readonly cause?: unknown;
};

/**
 * An error that a user can cause or meet: what is wrong (`message`, one sentence), what to do (`hint`, one
 * sentence), a stable `code` and the exit code of the command.
 */
export abstract class FacetError extends Error {
  abstract readonly exitCode: number;
  readonly code: string;
  readonly hint: string;
  /** The stage that was at work, set as the error leaves it. */
  stage?: string;
  /** The frame that was being worked on, counted from 0 in decoding order. */
  frameIndex?: number;

  constructor(message: string, { code, hint, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = hint;
  }
}

/** A wrong option or value. Exit code 2. */
export class UsageError extends FacetError {
  readonly exitCode = exitCodes.usage;
}
/** A file that cannot be read as what it should be. Exit code 3. */
export class InputError extends FacetError {
  readonly exitCode = exitCodes.input;
}
/** No face where one is needed. Exit code 4. */
export class NoFaceError extends FacetError {
  readonly exitCode = exitCodes.noFace;
}
/** A model that is missing, damaged or not usable. Exit code 5. */
export class ModelError extends FacetError {
  readonly exitCode = exitCodes.model;
}
/** A device or execution provider that was asked for and is not there. Exit code 6. */
export class DeviceError extends FacetError {
  readonly exitCode = exitCodes.device;
}
/** An output that cannot be written. Exit code 7. */
export class OutputError extends FacetError {
  readonly exitCode = exitCodes.output;
}
/** Stopped by the user. Exit code 130. */
export class InterruptedError extends FacetError {
  readonly exitCode = exitCodes.interrupted;

  constructor(message = 'The run was interrupted.') {
    super(message, { code: 'INTERRUPTED', hint: 'Start it again; nothing was left behind.' });
  }
}
