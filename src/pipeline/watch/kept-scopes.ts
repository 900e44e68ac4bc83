import { defer, finalize, tap, type Observable } from 'rxjs';
import { Scope } from '../../core/scope.ts';

type Kept = { readonly key: string; readonly scope: Scope; users: number; isRetired: boolean };

/** Unused for so long, everything is closed: a watch that waits for days holds no networks. */
const restMs = 5 * 60_000;

/**
 * Keeps open from job to job what jobs of one kind have in common. There is one such scope at a time: a job with another
 * key, or one that failed, retires it, and it is closed when its last user has ended. So there are never more than the
 * running jobs and one.
 */
export class KeptScopes {
  readonly #restMs: number;
  #current: Kept | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #closing = new Set<Promise<void>>();

  constructor(rest = restMs) {
    this.#restMs = rest;
  }

  /** Runs a job with the scope for its key; `make` is called on subscription. */
  use<T>(key: string, make: (scope: Scope) => Observable<T>): Observable<T> {
    return defer(() => {
      const kept = this.#take(key);
      return make(kept.scope).pipe(
        tap({
          error: () => {
            // Perhaps because of something in it.
            this.#retire(kept);
          },
        }),
        finalize(() => {
          kept.users -= 1;
          this.#settle(kept);
        }),
      );
    });
  }

  /** Closes what nobody uses; what is in use is not used again. */
  rest(): void {
    if (this.#current) this.#retire(this.#current);
  }

  /** Closes everything, and resolves when it is. Jobs must have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.rest();
    await Promise.all(this.#closing);
  }

  #take(key: string): Kept {
    clearTimeout(this.#timer);
    if (this.#current && this.#current.key !== key) this.#retire(this.#current);
    this.#current ??= { key, scope: new Scope(), users: 0, isRetired: false };
    const kept = this.#current;
    kept.users += 1;
    if (this.#isClosed) this.#retire(kept);
    return kept;
  }

  #retire(kept: Kept): void {
    kept.isRetired = true;
    if (this.#current === kept) this.#current = undefined;
    this.#settle(kept);
  }

  #settle(kept: Kept): void {
    if (kept.users > 0) return;
    if (!kept.isRetired) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.rest();
      }, this.#restMs).unref();
      return;
    }
    clearTimeout(this.#current ? undefined : this.#timer);
    const closing: Promise<void> = kept.scope
      .close()
      // The jobs are done: nothing of theirs is lost.
      .catch((error: unknown) => {
        process.emitWarning(error instanceof Error ? error : String(error));
      })
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
