import { InterruptedError } from '../core/errors.ts';

/**
 * One AbortController for the whole command: the first SIGINT, SIGTERM or SIGHUP aborts it, so that everything
 * can close; the second one ends the process at once.
 */
export function interruptSignal(): { readonly signal: AbortSignal; readonly stop: () => void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new InterruptedError());
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
