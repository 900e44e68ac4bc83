import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import type { Item } from '../../core/item.ts';

/** Items of the frames that are wanted; the others are released. Without a wish all go through. */
export function onlyFrames<Face>(
  isWanted: ((frameIndex: number) => boolean) | undefined,
): MonoTypeOperatorFunction<Item<Face>> {
  return (items) =>
    isWanted === undefined
      ? items
      : new Observable((subscriber) =>
          items.subscribe({
            next: (item) => {
              if (isWanted(item.frame.index)) subscriber.next(item);
              else item.release();
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
