/** What needs to be known of a face. */
export type Sighting = { readonly trackId: number; readonly isBridged: boolean };

/** A face's entry in its track. */
export type Entry<Value> = { readonly frameIndex: number; readonly value: Value };

/**
 * Remembers the last frames of every track, in stretches that nothing looks across: a stretch ends at a scene cut,
 * where a track is lost, and where it begins or ends to be bridged.
 */
export class TrackStretches<Value> {
  readonly #reach: number;
  readonly #tracks = new Map<
    number,
    { entries: (Entry<Value> & { stretch: number })[]; isBridged: boolean }
  >();
  #stretch = 0;

  /** @param reach frames that are remembered before the newest */
  constructor(reach: number) {
    this.#reach = reach;
  }

  /** Takes in a frame's faces; called once a frame, in order. */
  add<Face extends Sighting>(
    frameIndex: number,
    isSceneStart: boolean,
    faces: readonly Face[],
    valueOf: (face: Face) => Value,
  ): void {
    if (isSceneStart) this.#stretch += 1;
    for (const face of faces) {
      const track = this.#tracks.get(face.trackId) ?? { entries: [], isBridged: face.isBridged };
      const last = track.entries.at(-1);
      const isNew = last?.frameIndex !== frameIndex - 1 || track.isBridged !== face.isBridged;
      if (isNew) this.#stretch += 1;
      const stretch = isNew || isSceneStart || !last ? this.#stretch : last.stretch;
      track.entries.push({ frameIndex, value: valueOf(face), stretch });
      track.isBridged = face.isBridged;
      this.#tracks.set(face.trackId, track);
    }
    for (const [trackId, { entries }] of this.#tracks) {
      while (entries[0] && entries[0].frameIndex < frameIndex - this.#reach) entries.shift();
      if (entries.length === 0) this.#tracks.delete(trackId);
    }
  }

  /** A track's entries from `back` frames before one of its own to `ahead` after it, in the same stretch, in order. */
  around(trackId: number, frameIndex: number, back: number, ahead: number): readonly Entry<Value>[] {
    const entries = this.#tracks.get(trackId)?.entries ?? [];
    const here = entries.find((entry) => entry.frameIndex === frameIndex);
    return entries.filter(
      (entry) =>
        entry.stretch === here?.stretch &&
        entry.frameIndex >= frameIndex - back &&
        entry.frameIndex <= frameIndex + ahead,
    );
  }
}
