import type { TrackedFace } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import type { FaceChoice } from '../core/options/swap.ts';
import type { Frame } from '../core/frame.ts';
import { defineStage, type Stage } from './define-stage.ts';

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
  /** How unlike a tracked face is to the person on a photo: 0 = the same, below 1 = rather that person than another. */
  readonly unlike?: (photo: string, face: TrackedFace) => number;
  readonly choices: Choices;
};

/** How much larger (in area) another face must be before `largest` goes over to it. */
const takeover = 1.5;

/**
 * Lets only the faces through that are to be swapped, so that nothing is spent on the others.
 *
 * `largest` stays with a face until it is gone or another one is half as large again. Indices are the tracks' ids:
 * the persons of the file, counted as they first come into sight, from the left. A photo shows one person: of several
 * faces in a frame that are like it, the one most like it is taken.
 */
export function choose(options: ChooseOptions): Stage<Item<TrackedFace>, Item<TrackedFace>> {
  return defineStage({
    name: 'choose',
    concurrency: 1,
    lookahead: 0,
    open() {
      const distances = new Map<string, number>();
      let leader: number | undefined;
      const distance = (photo: string, face: TrackedFace): number => {
        const key = `${face.trackId} ${photo}`;
        // Decided once a track, on its first sight; tracks are few.
        const known = distances.get(key) ?? options.unlike?.(photo, face) ?? Infinity;
        distances.set(key, known);
        return known;
      };
      const isWanted = (choice: FaceChoice, face: TrackedFace, others: readonly TrackedFace[]): boolean => {
        switch (choice.kind) {
          case 'all':
            return true;
          case 'largest':
            return face.trackId === leader;
          case 'indices':
            return choice.indices.includes(face.trackId);
          case 'like': {
            const { photo } = choice;
            const mine = distance(photo, face);
            return mine < 1 && others.every((other) => other === face || distance(photo, other) > mine);
          }
        }
      };
      return Promise.resolve({
        process(item: Item<TrackedFace>) {
          leader = nextLeader(item.faces, leader);
          const entries = new Map<number, number>();
          for (const face of item.faces) {
            const entry = options.wanted.findIndex((choice) => isWanted(choice, face, item.faces));
            if (entry >= 0) entries.set(face.trackId, entry);
          }
          options.choices.set(item.frame, entries);
          return [item.with(item.faces.filter((face) => entries.has(face.trackId)))];
        },
      });
    },
  });
}

function nextLeader(faces: readonly TrackedFace[], leader: number | undefined): number | undefined {
  const area = ({ box }: TrackedFace): number => box.w * box.h;
  let largest: TrackedFace | undefined;
  for (const face of faces) if (!largest || area(face) > area(largest)) largest = face;
  const now = faces.find((face) => face.trackId === leader);
  if (!now || !largest) return largest?.trackId ?? leader;
  return area(largest) > takeover * area(now) ? largest.trackId : leader;
}
