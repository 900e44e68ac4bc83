import type { Appearance, TrackedFace } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import type { FaceChoice } from '../core/options/swap.ts';
import type { Frame } from '../core/frame.ts';
import { neighboursOf } from '../ops/drive/other-faces.ts';
import { boxCover } from '../ops/geometry/boxes.ts';
import { defineStage, type Stage } from './define-stage.ts';
import { FaceTurns, type Turn, type Visit } from './face-turns.ts';

/** Which source each face of each frame in flight gets: filled by `choose`, read by `swap`. */
export class Choices {
  readonly #entries = new WeakMap<Frame, ReadonlyMap<number, number>>();

  set(frame: Frame, entries: ReadonlyMap<number, number>): void {
    this.#entries.set(frame, entries);
  }

  /** Index of the source for a track in a frame; undefined when it is left alone. */
  of(frame: Frame, trackId: number): number | undefined {
    return this.#entries.get(frame)?.get(trackId);
  }
}

export type ChooseOptions = {
  /** Which faces each source goes to; where two want the same face, the first has it. */
  readonly wanted: readonly FaceChoice[];
  /** How unlike a face is to the person on a photo: 0 = the same, below 1 = rather that person than another. */
  readonly unlike?: (photo: string, face: { readonly appearance?: Appearance }) => number;
  readonly choices: Choices;
  /** Where a part of a file is worked on, and the rest of it may have a say in who is the largest. */
  readonly part?: PartOfFile | undefined;
};

export type PartOfFile = {
  /** From which frame on, at the latest, the faces are those of a run of the whole file; by a frame of the part. */
  readonly knownFrom: (frameIndex: number) => number;
  /** Told for every frame with several faces where a run of the whole file may take another one as the largest. */
  readonly onUnsure: (frameIndex: number) => void;
};

/** Share of an unseen face's place from which another face there hides it. */
const coversMuch = 0.2;
/** How much larger (in area) than every other a face must be, over a turn, to stand out. */
const standsOut = 1.5;
/** Faces no more than so much smaller (in area) than the largest are about as large. */
const aboutAsLarge = 1.25;

/**
 * Lets only the faces through that are to be swapped, so that nothing is spent on the others.
 *
 * Indices are the tracks' ids: the persons of the file, counted as they first come into sight, from the left.
 *
 * `largest` is decided in turns of 25 frames: the face that in the last turn where one did was half as large again as every
 * other one; and where none was in the last six turns, the one that was largest on average, the left one of those about as
 * large. What a shot begins with counts like a face that stands out. Whoever is taken stays so until the turn ends or
 * they are lost.
 *
 * A photo shows one person: of those who were like it over the last six turns, on average, the one most like it is taken.
 *
 * A face that is hidden by another one is left out while it is.
 *
 * So a choice depends on nothing before the last six turns, nor before a cut.
 */
export function choose(options: ChooseOptions): Stage<Item<TrackedFace>, Item<TrackedFace>> {
  const { wanted, unlike, choices, part } = options;
  return defineStage({
    name: 'choose',
    concurrency: 1,
    lookahead: 0,
    open() {
      const turns = new FaceTurns();
      const largest = new Largest(turns);
      const alikes = new Map<string, MostAlike>();
      for (const choice of wanted) {
        if (choice.kind !== 'like') continue;
        const { photo } = choice;
        const distance = (appearance: Appearance | undefined): number =>
          unlike?.(photo, appearance ? { appearance } : {}) ?? Infinity;
        alikes.set(photo, new MostAlike(turns, distance));
      }
      const isWanted = (choice: FaceChoice, { trackId }: TrackedFace): boolean => {
        switch (choice.kind) {
          case 'all':
            return true;
          case 'largest':
            return trackId === largest.taken?.trackId;
          case 'indices':
            return choice.indices.includes(trackId);
          case 'like':
            return trackId === alikes.get(choice.photo)?.taken?.trackId;
        }
      };
      return Promise.resolve({
        process(item: Item<TrackedFace>) {
          const { index, isSceneStart } = item.frame;
          const isTurn = turns.add(index, isSceneStart, item.faces);
          largest.next(index, isTurn, part?.knownFrom(index) ?? 0);
          for (const one of alikes.values()) one.next(isTurn);
          if (item.faces.length > 1 && !largest.isSure) part?.onUnsure(index);
          const entries = new Map<number, number>();
          for (const face of item.faces) {
            if (isHidden(face, item.faces)) continue;
            const entry = wanted.findIndex((choice) => isWanted(choice, face));
            if (entry >= 0) entries.set(face.trackId, entry);
          }
          choices.set(item.frame, entries);
          const chosen = item.faces.filter((face) => entries.has(face.trackId));
          if (item.faces.length < 2) return [item.with(chosen)];
          return [item.with(chosen.map((face) => ({ ...face, neighbours: neighboursOf(face, item.faces) })))];
        },
      });
    },
  });
}

/** A face that is not seen while another one is where it should be: it is behind, and must not be drawn over that one. */
function isHidden(face: TrackedFace, all: readonly TrackedFace[]): boolean {
  return (
    face.isBridged && all.some((other) => !other.isBridged && boxCover(face.box, other.box) > coversMuch)
  );
}

/** Follows who is the largest. */
class Largest {
  readonly #turns: FaceTurns;
  /** Who was taken first in the turns in which a shot began. */
  readonly #firsts = new WeakMap<Turn, Visit>();
  /** The one who is taken; undefined where nobody is there. */
  taken: Visit | undefined;
  /** False when what was before the known frames may have led to another one. */
  isSure = true;

  constructor(turns: FaceTurns) {
    this.#turns = turns;
  }

  /** @param knownFrom frame from which on all is known */
  next(frameIndex: number, isTurn: boolean, knownFrom: number): void {
    const { present, now } = this.#turns;
    if (isTurn || !this.taken || !present.includes(this.taken)) {
      const { taken, from } = this.#largest(present);
      this.taken = taken;
      this.isSure = from >= knownFrom;
      if (taken && now.isShotStart && !this.#firsts.has(now)) this.#firsts.set(now, taken);
    }
    if (present.length < 2) this.isSure = frameIndex >= knownFrom;
  }

  /** Who is the largest, and the frame from which on that depends on what is seen. */
  #largest(present: readonly Visit[]): { readonly taken: Visit | undefined; readonly from: number } {
    const { past, now } = this.#turns;
    for (const turn of past) {
      const first = this.#firsts.get(turn);
      const taken = outstanding(turn, present) ?? (first && present.includes(first) ? first : undefined);
      if (taken) return { taken, from: turn.first };
    }
    const taken = largestOnAverage(this.#turns, present);
    return { taken, from: (past.at(-1) ?? now).first };
  }
}

/** The one who is half as large again as all others over a turn, if there is one. */
function outstanding({ sums }: Turn, present: readonly Visit[]): Visit | undefined {
  const area = (visit: Visit): number => sums.get(visit)?.area ?? 0;
  return present.find(
    (one) => area(one) > 0 && present.every((other) => other === one || area(one) >= standsOut * area(other)),
  );
}

function largestOnAverage(turns: FaceTurns, present: readonly Visit[]): Visit | undefined {
  const most = Math.max(...present.map((visit) => turns.area(visit)));
  const large = present.filter((visit) => turns.area(visit) * aboutAsLarge >= most);
  return large.sort((a, b) => turns.x(a) - turns.x(b))[0];
}

/** Follows who is most like the person on a photo. */
class MostAlike {
  readonly #turns: FaceTurns;
  readonly #distance: (looks: Appearance | undefined) => number;
  #known: readonly Visit[] = [];
  /** The one who is taken; undefined where nobody is like them. */
  taken: Visit | undefined;

  constructor(turns: FaceTurns, distance: (looks: Appearance | undefined) => number) {
    this.#turns = turns;
    this.#distance = distance;
  }

  next(isTurn: boolean): void {
    const { present } = this.#turns;
    const isSame = present.length === this.#known.length && present.every((one) => this.#known.includes(one));
    this.#known = present;
    if (isSame && !isTurn) return;
    let least = 1;
    this.taken = undefined;
    for (const visit of present) {
      const distance = this.#distance(this.#turns.looks(visit));
      if (distance >= least) continue;
      least = distance;
      this.taken = visit;
    }
  }
}
