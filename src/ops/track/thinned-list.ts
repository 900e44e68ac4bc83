/**
 * Keeps some things of a row whose length nobody knows, spread evenly over it: takes every one until it is full, then
 * lets every other one go and takes half as many from there on.
 */
export class ThinnedList<T> {
  readonly #most: number;
  #kept: T[] = [];
  #step = 1;
  #count = 0;

  /** @param most how many are given out at most */
  constructor(most: number) {
    this.#most = most;
  }

  /** Takes the next one, if it is its turn; `make` is called only then. */
  offer(make: () => T): void {
    if (this.#count % this.#step === 0) this.#kept.push(make());
    this.#count += 1;
    if (this.#kept.length < 2 * this.#most) return;
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
    this.#step *= 2;
  }

  /** The kept ones, thinned to the number asked for: from the first to the last. */
  items(): readonly T[] {
    const n = this.#kept.length;
    const count = Math.min(n, this.#most);
    return Array.from({ length: count }, (_, i) => this.#kept[Math.floor(((i + 0.5) * n) / count)]!);
  }
}
