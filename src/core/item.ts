import type { Frame } from './frame.ts';

/** Something that owns buffers and lets them go exactly once. */
export type Owned = { release(): void };

/** What flows through the stream: a frame and what is known of its faces. Owns the frame. */
export class Item<Face> implements Owned {
  readonly frame: Frame;
  readonly faces: readonly Face[];

  constructor(frame: Frame, faces: readonly Face[]) {
    this.frame = frame;
    this.faces = faces;
  }

  /** The same frame with other knowledge of its faces; the frame's ownership moves to the result. */
  with<Other>(faces: readonly Other[]): Item<Other> {
    return new Item(this.frame, faces);
  }

  release(): void {
    this.frame.release();
  }
}
