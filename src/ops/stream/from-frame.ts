import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import type { Item } from '../../core/item.ts';

/** Items from a frame on; earlier ones (the pre-roll of a range) are released. */
export function fromFrame<Face>(first: number): MonoTypeOperatorFunction<Item<Face>> {
  return (items) =>
    new Observable((subscriber) =>
      items.subscribe({
        next: (item) => {
          if (item.frame.index < first) item.release();
          else subscriber.next(item);
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      }),
    );
}
