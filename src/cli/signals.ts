import { InterruptedError } from '../core/errors.ts';

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a command does on a signal itself. */
export type SignalHandlers = Readonly<Partial<Record<(typeof names)[number], () => void>>>;

/**
 * One AbortController for the whole command: the first SIGINT, SIGTERM or SIGHUP aborts it, so that everything
 * can close; the second one ends the process at once. A command may take signals for itself.
 */
export function interruptSignal(): {
  readonly signal: AbortSignal;
  /** Gives signals to the command, until the returned function is called. */
  readonly take: (handlers: SignalHandlers) => () => void;
  readonly stop: () => void;
} {
  const controller = new AbortController();
  let taken: SignalHandlers = {};
  const listeners = names.map((name) => {
    const onSignal = (): void => {
      if (taken[name]) taken[name]();
      else if (controller.signal.aborted) process.exit(130);
      else controller.abort(new InterruptedError());
    };
    process.on(name, onSignal);
    return () => process.off(name, onSignal);
  });
  return {
    signal: controller.signal,
    take: (handlers) => {
      taken = handlers;
      return () => {
        taken = {};
      };
    },
    stop: () => {
      for (const stop of listeners) stop();
    },
  };
}
