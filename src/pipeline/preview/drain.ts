import type { Observable } from 'rxjs';

/**
 * Takes everything a stream gives, one call after the other, and resolves at its end. Aborting the signal
 * unsubscribes at once and rejects with its reason.
 */
export function drain<T>(
  stream: Observable<T>,
  take: (value: T) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      subscription.unsubscribe();
      reject(signal.reason as Error);
    };
    const subscription = stream.subscribe({
      next: (value) => {
        try {
          take(value);
        } catch (error) {
          subscription.unsubscribe();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      },
      error: (error: unknown) => {
        signal.removeEventListener('abort', stop);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
      complete: () => {
        signal.removeEventListener('abort', stop);
        resolve();
      },
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
