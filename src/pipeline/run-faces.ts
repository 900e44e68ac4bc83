import type { TrackSummary } from '../core/events.ts';
import type { TrackedFace } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import { FaceReport } from './face-report.ts';

/** Sums up who was seen in a run, and who was chosen. */
export class RunFaces {
  readonly #report = new FaceReport<undefined>(0);
  readonly #chosen = new Map<number, number>();

  /** Takes in all faces of a frame. Borrows the item. */
  see({ frame, faces }: Item<TrackedFace>): void {
    const { num, den } = frame.format.timeBase;
    const seen = { index: frame.index, seconds: (frame.pts * num) / den };
    for (const face of faces) this.#report.add(face, seen, () => undefined);
  }

  /** Takes in those of a frame that are swapped. Borrows the item. */
  choose({ faces }: Item<TrackedFace>): void {
    for (const { trackId } of faces) this.#chosen.set(trackId, (this.#chosen.get(trackId) ?? 0) + 1);
  }

  /** By number. */
  summaries(): readonly TrackSummary[] {
    return this.#report.persons().map(({ id, firstFrame, lastFrame, frames, bridgedFrames, widthPx }) => ({
      id,
      firstFrame,
      lastFrame,
      frames,
      bridgedFrames,
      framesChosen: this.#chosen.get(id) ?? 0,
      widthPx: frames === 0 ? undefined : { min: tenths(widthPx.min), max: tenths(widthPx.max) },
    }));
  }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
