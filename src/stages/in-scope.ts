import { Observable } from 'rxjs';
import { Scope } from '../core/scope.ts';

/**
 * Runs a stream in a scope of its own: the stream stops first, then the scope closes in reverse order, then
 * `complete` or `error` reaches the subscriber, once. Aborting the signal ends it with the signal's reason after
 * everything is closed. Unsubscribing stops at once and closes in the background; a failure to close is then a
 * process warning.
 *
 * @param lasting where what outlasts this scope is opened; the scope itself when left out
 */
export function inScope<T>(
  build: (scope: Scope) => Observable<T>,
  signal?: AbortSignal,
  lasting?: Scope,
): Observable<T> {
  return new Observable<T>((subscriber) => {
    const scope = new Scope(lasting);
    let isEnding = false;
    const end = (then: () => void, cause?: unknown): void => {
      if (isEnding) return;
      isEnding = true;
      scope.close().then(then, (closing: unknown) => {
        subscriber.error(
          cause === undefined
            ? closing
            : new AggregateError([cause, closing], 'The run failed, and then failed to close.'),
        );
      });
    };
    const fail = (error: unknown): void => {
      end(() => {
        subscriber.error(error);
      }, error);
    };
    let stream: Observable<T>;
    try {
      stream = build(scope);
    } catch (error) {
      fail(error);
      return undefined;
    }
    const subscription = stream.subscribe({
      next: (value) => {
        subscriber.next(value);
      },
      error: fail,
      complete: () => {
        end(() => {
          subscriber.complete();
        });
      },
    });
    const onAbort = (): void => {
      subscription.unsubscribe();
      fail(signal?.reason);
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    return () => {
      signal?.removeEventListener('abort', onAbort);
      subscription.unsubscribe();
      // Already closing: what goes wrong there has gone to the subscriber.
      if (isEnding) return;
      scope.close().catch((error: unknown) => {
        process.emitWarning(error instanceof Error ? error : String(error));
      });
    };
  });
}
