/** How long each stage was at work, summed over frames. */
export class StageTimings {
  readonly #sums = new Map<string, { milliseconds: number; count: number }>();

  /** Adds one frame's time of one stage. */
  add(stage: string, milliseconds: number): void {
    const sum = this.#sums.get(stage);
    if (sum) {
      sum.milliseconds += milliseconds;
      sum.count += 1;
    } else this.#sums.set(stage, { milliseconds, count: 1 });
  }

  /** Mean milliseconds a frame, by stage, in the order in which the stages first worked. */
  means(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#sums].map(([stage, sum]) => [stage, sum.milliseconds / sum.count]));
  }

  /** The stage with the largest mean, if any has worked. */
  slowest(): string | undefined {
    let name: string | undefined;
    let most = -1;
    for (const [stage, { milliseconds, count }] of this.#sums) {
      if (milliseconds / count <= most) continue;
      most = milliseconds / count;
      name = stage;
    }
    return name;
  }
}
