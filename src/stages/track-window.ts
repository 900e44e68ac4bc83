import type { Appearance, Detection, TrackedFace } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import { meanAppearances } from '../ops/track/appearance.ts';
import { between } from '../ops/track/bridge.ts';
import { isClearSight, isSamePlace, type Sighting } from '../ops/track/sighting.ts';
import { clearTracks, nameLast, type TrackerState, type TrackerStep } from '../ops/track/tracker.ts';

type Held = { readonly item: Item<Detection>; readonly seen: Map<number, Sighting> };
type Sight = { readonly index: number; readonly sighting: Sighting };

/** Longest gap that is bridged. */
const bridgeSeconds = 1;

/**
 * Frames that wait until what follows tells who is in them: a face is given out when its track has become sure, and
 * in the gaps between two sights of it.
 */
export class TrackWindow {
  readonly #size: number;
  readonly #isPrompt: boolean;
  readonly #held: Held[] = [];
  /** Who each track is, as far as known now. */
  readonly #names = new Map<number, number>();
  /** Last sight of each track before the frames that wait. */
  #behind = new Map<number, Sight>();

  /** @param isPrompt true: frames do not wait for what cannot change what is said of them */
  constructor(size: number, isPrompt = false) {
    this.#size = size;
    this.#isPrompt = isPrompt;
  }

  /** Takes over what was seen before a run's first frame. */
  begin(state: TrackerState): void {
    for (const { key, last, lastSeen } of state.tracks)
      this.#behind.set(key, { index: lastSeen, sighting: last });
    this.#learn(state);
  }

  /** Takes a frame in and gives out those that have waited long enough, if any. */
  add(item: Item<Detection>, step: TrackerStep, state: TrackerState): Item<TrackedFace>[] {
    for (const { key, after, sighting } of step.taken) {
      if ((this.#behind.get(key)?.index ?? after) > after) this.#behind.set(key, { index: after, sighting });
      for (const { item: other, seen } of this.#held) if (other.frame.index > after) seen.delete(key);
    }
    this.#held.push({ item, seen: new Map(step.seen) });
    this.#learn(state);
    const out = this.#held.length > this.#size ? [this.#give()] : [];
    while (this.#isPrompt && this.#held[0] && this.#isSettled(this.#held[0], state)) out.push(this.#give());
    return out;
  }

  /**
   * True when no later frame can change who is said to be in this one: everybody in it has a name and was seen by the
   * detector again, and nobody who was there before is missed.
   */
  #isSettled({ item, seen }: Held, { tracks }: TrackerState): boolean {
    return tracks.every(({ key, trackId, lastDetected }) =>
      seen.has(key) ? trackId !== undefined && lastDetected >= item.frame.index : !this.#behind.has(key),
    );
  }

  /** Gives out all that waits and forgets all places: a scene, or the file, has ended. */
  finish(state: TrackerState): Item<TrackedFace>[] {
    nameLast(state);
    this.#learn(state);
    clearTracks(state);
    const out: Item<TrackedFace>[] = [];
    while (this.#held.length > 0) out.push(this.#give());
    this.#behind = new Map();
    this.#names.clear();
    return out;
  }

  drop(): void {
    for (const { item } of this.#held.splice(0)) item.release();
  }

  #learn({ tracks }: TrackerState): void {
    for (const { key, trackId } of tracks) if (trackId !== undefined) this.#names.set(key, trackId);
  }

  #give(): Item<TrackedFace> {
    const { item, seen } = this.#held.shift()!;
    const { index } = item.frame;
    const faces: TrackedFace[] = [];
    for (const [key, trackId] of this.#names) {
      const here = seen.get(key);
      const sighting = here ?? this.#bridged(key, item);
      if (here) this.#behind.set(key, { index, sighting: here });
      else if (
        !sighting &&
        !this.#held.some((held) => held.seen.has(key)) &&
        isLongGone(this.#behind.get(key), index, this.#size)
      ) {
        this.#names.delete(key);
        this.#behind.delete(key);
      }
      if (!sighting || faces.some((face) => face.trackId === trackId)) continue;
      // Somebody is seen there now: nobody else is hidden behind for sure.
      if (!here && [...seen.values()].some((other) => isSamePlace(other.box, sighting.box))) continue;
      const { box, score, shape } = sighting;
      const appearance = this.#looks(key, seen);
      faces.push({
        trackId,
        box,
        score,
        shape,
        isBridged: !here,
        ...(appearance ? { appearance } : {}),
      });
    }
    return item.with(faces);
  }

  /**
   * How a face looks in a frame and in those that wait after it, on average: from clear sights, else as it is seen here.
   * Nothing from before has a say, so that it is the same from wherever a run begins.
   */
  #looks(key: number, seen: ReadonlyMap<number, Sighting>): Appearance | undefined {
    const clear: { looks: Appearance; count: number }[] = [];
    for (const sights of [seen, ...this.#held.map((held) => held.seen)]) {
      const looks = isClearSight(key, sights) ? sights.get(key)?.appearance : undefined;
      if (looks) clear.push({ looks, count: 1 });
    }
    return meanAppearances(clear) ?? seen.get(key)?.appearance;
  }

  /** Where an unseen face must be: between its last sight and its next, if they are near enough in time. */
  #bridged(key: number, { frame }: Item<Detection>): Sighting | undefined {
    const before = this.#behind.get(key);
    const next = this.#held.find(({ seen }) => seen.has(key));
    if (!before || !next) return undefined;
    const after = next.item.frame;
    const frames = after.index - before.index;
    const ticks = after.pts - frame.pts;
    const { num, den } = frame.format.timeBase;
    // Seconds a frame, from here to the next sight, times the frames of the whole gap.
    const seconds = ((ticks * num) / den / (after.index - frame.index)) * (frames - 1);
    if (frames > this.#size + 1 || seconds > bridgeSeconds + 1e-6) return undefined;
    return between(before.sighting, next.seen.get(key)!, (frame.index - before.index) / frames);
  }
}

function isLongGone(before: Sight | undefined, index: number, size: number): boolean {
  return before === undefined || index - before.index > size;
}
