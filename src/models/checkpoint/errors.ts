import { ModelError } from '../../core/errors.ts';

/** A checkpoint that cannot be read: truncated, corrupt, encrypted, or none at all. */
export function unreadable(path: string, why: string, cause?: unknown): ModelError {
  return new ModelError(`${path} is not a readable PyTorch checkpoint: ${why}.`, {
    code: 'MODEL_UNREADABLE',
    hint: 'Fetch the file again, or check that it is the right one.',
    cause,
  });
}

/** What the pickle reader meets that it will not do or cannot follow; gets the file's name where it is known. */
export class PickleProblem extends Error {
  constructor(
    message: string,
    /** True when the pickle asks for something outside the allow-list, which could run code. */
    readonly isUnsafe = false,
  ) {
    super(message);
  }
}

/** The typed error of a problem in a pickle. */
export function pickleError(path: string, problem: PickleProblem): ModelError {
  if (!problem.isUnsafe) return unreadable(path, problem.message, problem);
  return new ModelError(`${path} asks for more than weights: ${problem.message}.`, {
    code: 'MODEL_UNSAFE',
    hint: 'Use a checkpoint of plain tensors; nothing in this one was run.',
    cause: problem,
  });
}
