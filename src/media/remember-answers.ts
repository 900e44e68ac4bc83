import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError } from '../core/errors.ts';
import type { Env } from './find.ts';

/** Who asks. */
export type Asking = {
  /** Where ffprobe is looked for. */
  readonly env?: Env | undefined;
  /** Calls the question off. */
  readonly signal?: AbortSignal | undefined;
  /** Called when an ffprobe runs for this question; never, when it fails before or somebody else has asked it. */
  readonly onStart?: (() => void) | undefined;
};

/** A question that is asked once of every file. */
export type RememberedQuestion<Answer> = {
  /** @throws {InputError} through the question, when the file is not there or cannot be read */
  (path: string, asking: Asking): Promise<Answer>;
  /** Keeps an answer that comes by another way, unless there is one already. One that fails is forgotten. */
  offer(this: void, path: string, asking: Asking, answer: Promise<Answer>): Promise<void>;
};

/**
 * The same question, asked once of every file: the last `count` answers are kept, by file, size, time of change
 * and ffprobe, and who asks while one is on its way waits for that one.
 */
export function rememberAnswers<Answer>(
  count: number,
  ask: (path: string, sizeBytes: number, asking: Asking) => Promise<Answer>,
): RememberedQuestion<Answer> {
  const recent = new Map<string, Promise<Answer>>();
  const keep = (key: string, answer: Promise<Answer>): void => {
    recent.set(key, answer);
    for (const old of [...recent.keys()].slice(0, -count)) recent.delete(old);
    answer.catch(() => {
      if (recent.get(key) === answer) recent.delete(key);
    });
  };
  const question = async (path: string, asking: Asking): Promise<Answer> => {
    const { size, key } = await identify(path, asking);
    const shared = recent.get(key);
    if (shared) {
      const answer = await shared.catch(() => undefined);
      // Somebody else's question failed, or was called off: that is no answer to this one.
      if (answer !== undefined) return answer;
    }
    const asked = ask(path, size, asking);
    keep(key, asked);
    return asked;
  };
  const offer = async (path: string, asking: Asking, answer: Promise<Answer>): Promise<void> => {
    // Whoever gave it looks after its failure.
    answer.catch(() => undefined);
    const { key } = await identify(path, asking);
    if (!recent.has(key)) keep(key, answer);
  };
  return Object.assign(question, { offer });
}

/** What tells a file, and an ffprobe, from what they were before. @throws {InputError} */
async function identify(
  path: string,
  { env }: Asking,
): Promise<{ readonly size: number; readonly key: string }> {
  const { size, mtimeMs } = await readable(path);
  const key = JSON.stringify([resolve(path), size, mtimeMs, env?.['FFPROBE_PATH'], env?.['PATH']]);
  return { size, key };
}

/** Facts of a file that can be opened for reading. @throws {InputError} */
async function readable(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  const unreadable = (message: string, hint: string, cause?: unknown): InputError =>
    new InputError(message, { code: 'INPUT_UNREADABLE', hint, cause });
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT' || cause.code === 'ENOTDIR'
      ? new InputError(`There is no file ${path}.`, {
          code: 'INPUT_NOT_FOUND',
          hint: 'Check the path.',
          cause,
        })
      : unreadable(
          `${path} cannot be read (${cause.code ?? cause.message}).`,
          'Check its permissions.',
          cause,
        );
  });
  if (found.isDirectory()) {
    throw new InputError(`${path} is a directory.`, {
      code: 'INPUT_IS_DIRECTORY',
      hint: 'Name a file in it; `facet watch` takes whole folders.',
    });
  }
  if (found.isFile() && found.size === 0) {
    throw unreadable(`${path} is empty.`, 'Copy or record the file again.');
  }
  try {
    await (await open(path, 'r')).close();
  } catch (cause) {
    throw unreadable(`${path} cannot be opened for reading.`, 'Check its permissions.', cause);
  }
  return found;
}
