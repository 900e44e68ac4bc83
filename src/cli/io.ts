import type { Writable } from 'node:stream';
import type { SignalHandlers } from './signals.ts';

/** All that a command may touch of the process it runs in. */
export type CliIo = {
  /** The result; with --json one event a line. */
  readonly stdout: Writable;
  /** Progress and words for people. */
  readonly stderr: Writable & { readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted with an InterruptedError on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Gives signals to a command that handles them itself, until the returned function is called. */
  readonly takeSignals: (handlers: SignalHandlers) => () => void;
  /** True when stderr is a terminal: progress may be a moving bar, colour is allowed unless NO_COLOR is set. */
  readonly isInteractive: boolean;
};
