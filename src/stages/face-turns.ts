import type { Appearance, TrackedFace } from '../core/faces.ts';
import { meanAppearances } from '../ops/track/appearance.ts';

/** Frames of a turn; turns begin at every multiple of it in the file. */
export const turnFrames = 25;
/** Turns before a frame's own that have a say in it. */
export const turnsKept = 6;

/** A face from when it comes into sight to when it is lost, as far as it has been followed. */
export type Visit = { readonly trackId: number };

/** What a visit's frames of one turn add up to. */
type Sum = {
  frames: number;
  /** Of the boxes, in pixels. */
  area: number;
  /** Of the boxes' middles. */
  x: number;
  looks: Appearance | undefined;
  looksCount: number;
};

/** A turn of the file, or the part of it that belongs to the shot. */
export type Turn = {
  readonly number: number;
  /** Its first frame. */
  readonly first: number;
  /** True when the shot begins in it. */
  readonly isShotStart: boolean;
  readonly sums: Map<Visit, Sum>;
};

/**
 * Sums up the faces of a shot in turns of the file. Keeps the last turns only: what these tell is the same from wherever
 * a run begins, if it begins early enough.
 */
export class FaceTurns {
  readonly #turns: Turn[] = [];
  #visits = new Map<number, Visit>();

  /** Takes in a frame's faces; called once a frame, in order. Says whether a turn begins with it. */
  add(frameIndex: number, isSceneStart: boolean, faces: readonly TrackedFace[]): boolean {
    if (isSceneStart) {
      this.#turns.length = 0;
      this.#visits.clear();
    }
    const number = Math.floor(frameIndex / turnFrames);
    const isShotStart = this.#turns.length === 0;
    const isNew = this.#turns.at(-1)?.number !== number;
    if (isNew) this.#turns.push({ number, first: frameIndex, isShotStart, sums: new Map() });
    while (this.#turns[0]!.number < number - turnsKept) this.#turns.shift();
    // Whoever is not in a frame begins anew: who is known again after that may depend on where the run began.
    const visits = new Map<number, Visit>();
    for (const face of faces) {
      const visit = this.#visits.get(face.trackId) ?? { trackId: face.trackId };
      visits.set(face.trackId, visit);
      this.#addTo(this.now.sums, visit, face);
    }
    this.#visits = visits;
    return isNew;
  }

  /** Those in the frame that was added last. */
  get present(): readonly Visit[] {
    return [...this.#visits.values()];
  }

  /** The turn of the frame that was added last, as far as it has come. */
  get now(): Turn {
    return this.#turns.at(-1)!;
  }

  /** The whole turns before it in the shot, the last one first. */
  get past(): readonly Turn[] {
    return this.#turns.slice(0, -1).reverse();
  }

  /** Mean area over all frames that are kept, those without the face counted as nothing; in units of their number. */
  area(visit: Visit): number {
    return this.#sum(visit, ({ area }) => area);
  }

  /** Where its middle was on average. */
  x(visit: Visit): number {
    return this.#sum(visit, ({ x }) => x) / this.#sum(visit, ({ frames }) => frames);
  }

  /** How it looked on average, if ever clearly. */
  looks(visit: Visit): Appearance | undefined {
    return meanAppearances(
      this.#turns.flatMap(({ sums }) => {
        const { looks, looksCount = 0 } = sums.get(visit) ?? {};
        return looks ? [{ looks, count: looksCount }] : [];
      }),
    );
  }

  #sum(visit: Visit, read: (sum: Sum) => number): number {
    let total = 0;
    for (const { sums } of this.#turns) {
      const sum = sums.get(visit);
      if (sum) total += read(sum);
    }
    return total;
  }

  #addTo(sums: Map<Visit, Sum>, visit: Visit, { box, appearance }: TrackedFace): void {
    const sum = sums.get(visit) ?? { frames: 0, area: 0, x: 0, looks: undefined, looksCount: 0 };
    sum.frames += 1;
    sum.area += box.w * box.h;
    sum.x += box.x + box.w / 2;
    if (appearance) {
      const given = { looks: appearance, count: 1 };
      sum.looks = meanAppearances(sum.looks ? [{ looks: sum.looks, count: sum.looksCount }, given] : [given]);
      sum.looksCount += 1;
    }
    sums.set(visit, sum);
  }
}
