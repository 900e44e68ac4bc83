/**
 * What a run has opened. Closed once, in reverse order, after the stream has stopped. Something that waits for
 * work in flight is deferred after the resource that the work uses, so that it closes first.
 */
export class Scope {
  readonly #closers: { what: string; close: () => unknown }[] = [];
  #closed: Promise<void> | undefined;
  /**
   * Where what is expensive to open and the same for several runs lives (networks, pixel workers): a scope that is
   * closed after this one. This scope itself unless another was given.
   */
  readonly lasting: Scope;

  constructor(lasting?: Scope) {
    this.lasting = lasting ?? this;
  }

  /** Registers `close`; `what` names the resource in errors. */
  defer(what: string, close: () => unknown): void {
    if (this.#closed) throw new Error(`The scope is closed; cannot add ${what}.`);
    this.#closers.push({ what, close });
  }

  /** True once closing has begun. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Closes everything, last opened first; every closer runs even when another one fails. */
  close(): Promise<void> {
    return (this.#closed ??= this.#closeAll());
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const { close } of this.#closers.reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} resources failed to close.`);
  }
}
