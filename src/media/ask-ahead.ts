import { findFfmpeg } from './find.ts';
import { probeFrames } from './frame-times.ts';
import type { Asking } from './remember-answers.ts';

/** Questions on their way that nobody waits for yet. */
export type AskedAhead = {
  /**
   * Resolves when the file's question is with ffprobe, or has ended already; never rejects. Loading modules keeps the
   * thread from starting anything: to be awaited before.
   */
  readonly started: Promise<void>;
  /** Calls off what is not answered yet. To be called when the run has ended, however it did. */
  stop(): void;
};

/**
 * Begins to ask what every run will want to know of its target and of ffmpeg: the programs answer while the
 * modules that do the work are loaded. Who asks the same later gets the same answer; who gets none asks anew, so
 * nothing is thrown here.
 */
export function askAhead(target: string, { env, signal }: Asking): AskedAhead {
  const own = new AbortController();
  const stop = (): void => {
    own.abort(signal?.reason);
    signal?.removeEventListener('abort', stop);
  };
  signal?.addEventListener('abort', stop, { once: true });
  findFfmpeg(env).catch(() => undefined);
  const started = new Promise<void>((onStart) => {
    probeFrames(target, { env, signal: own.signal, onStart })
      .catch(() => undefined)
      .finally(onStart);
  });
  return { started, stop };
}
