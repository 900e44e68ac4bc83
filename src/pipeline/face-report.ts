import type { Pose, TrackedFace } from '../core/faces.ts';
import { ThinnedList } from '../ops/track/thinned-list.ts';

/** From the least to the most of something over a person's frames. */
export type Span = { readonly min: number; readonly max: number };

/** What is told of a person in a file. */
export type FoundPerson<Picture> = {
  /** The number that `--faces` takes. */
  readonly id: number;
  readonly firstFrame: number;
  readonly lastFrame: number;
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** Frames in which the face is seen, and those in which it is hidden and its place is known. */
  readonly frames: number;
  readonly bridgedFrames: number;
  /** Stretches of frames without a break. */
  readonly stretches: readonly { readonly first: number; readonly last: number }[];
  /** Width of the face in pixels. */
  readonly widthPx: Span;
  /** Degrees. */
  readonly yaw: Span;
  readonly pitch: Span;
  readonly roll: Span;
  /** True when the face stands on its head most of the time. */
  readonly isUpsideDown: boolean;
  /** Mean certainty, 0…1. */
  readonly score: number;
  /** Pictures spread over the person's frames. */
  readonly pictures: readonly Picture[];
};

type Growing<Picture> = {
  firstFrame: number;
  lastFrame: number;
  firstSeconds: number;
  lastSeconds: number;
  frames: number;
  bridgedFrames: number;
  upsideDown: number;
  scores: number;
  stretches: { first: number; last: number }[];
  width: Span;
  yaw: Span;
  pitch: Span;
  roll: Span;
  pictures: ThinnedList<Picture>;
};

const none: Span = { min: Infinity, max: -Infinity };

/** Sums up who is in a file, face by face, in the memory of some pictures a person. */
export class FaceReport<Picture> {
  readonly #persons = new Map<number, Growing<Picture>>();
  readonly #pictures: number;

  /** @param pictures how many pictures of each person are kept at most */
  constructor(pictures: number) {
    this.#pictures = pictures;
  }

  /** Takes in a face of a frame. `picture` is asked for only when it will be kept for now. */
  add(
    face: TrackedFace,
    frame: { readonly index: number; readonly seconds: number },
    picture: () => Picture,
  ): void {
    const { index, seconds } = frame;
    const person = this.#persons.get(face.trackId) ?? this.#begin(face.trackId, frame);
    const stretch = person.stretches.at(-1);
    if (stretch && stretch.last >= index - 1) stretch.last = index;
    else person.stretches.push({ first: index, last: index });
    person.lastFrame = index;
    person.lastSeconds = seconds;
    if (face.isBridged) {
      person.bridgedFrames += 1;
      return;
    }
    person.frames += 1;
    person.scores += face.score;
    const { pose } = face.shape;
    person.width = widen(person.width, face.box.w);
    person.yaw = widen(person.yaw, pose.yaw);
    person.pitch = widen(person.pitch, pose.pitch);
    person.roll = widen(person.roll, pose.roll);
    if (isUpsideDown(pose)) person.upsideDown += 1;
    person.pictures.offer(picture);
  }

  /** Who was found, by number. */
  persons(): readonly FoundPerson<Picture>[] {
    return [...this.#persons]
      .sort(([a], [b]) => a - b)
      .map(([id, { width, scores, upsideDown, pictures, ...person }]) => ({
        id,
        ...person,
        widthPx: width,
        isUpsideDown: upsideDown * 2 > person.frames,
        score: scores / Math.max(1, person.frames),
        pictures: pictures.items(),
      }));
  }

  #begin(
    id: number,
    { index, seconds }: { readonly index: number; readonly seconds: number },
  ): Growing<Picture> {
    const person: Growing<Picture> = {
      firstFrame: index,
      lastFrame: index,
      firstSeconds: seconds,
      lastSeconds: seconds,
      frames: 0,
      bridgedFrames: 0,
      upsideDown: 0,
      scores: 0,
      stretches: [],
      width: none,
      yaw: none,
      pitch: none,
      roll: none,
      pictures: new ThinnedList(this.#pictures),
    };
    this.#persons.set(id, person);
    return person;
  }
}

/** True for a head whose crown is below its chin. */
export function isUpsideDown({ roll }: Pose): boolean {
  return Math.abs(roll) > 120;
}

function widen({ min, max }: Span, value: number): Span {
  return { min: Math.min(min, value), max: Math.max(max, value) };
}
