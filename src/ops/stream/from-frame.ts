import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Item } from '../../core/item.ts';
import { onlyFrames } from './only-frames.ts';

/** Items from a frame on; earlier ones (the pre-roll of a range) are released. */
export function fromFrame<Face>(first: number): MonoTypeOperatorFunction<Item<Face>> {
  return onlyFrames((index) => index >= first);
}
