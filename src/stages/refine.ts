import type { TrackedFace } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import type { RefineShape } from '../nets/refiner.ts';
import { defineStage, type Stage } from './define-stage.ts';

export type RefineOptions = {
  /** Opens the refiner (or gives the run's own). */
  readonly openRefiner: (scope: Scope) => Promise<RefineShape>;
};

/**
 * Reads every face's shape again, its parts from near: landmarks, identity, expression and pose. A face that is only
 * carried over from other frames stays as it is, and so does one whose landmarks tell no identity. Every frame is read
 * by itself.
 */
export function refine({ openRefiner }: RefineOptions): Stage<Item<TrackedFace>, Item<TrackedFace>> {
  return defineStage({
    name: 'refine',
    concurrency: 2,
    lookahead: 0,
    async open({ scope }) {
      const refineShape = await openRefiner(scope);
      return {
        async process(item) {
          const work = item.faces.map(async (face) => {
            if (face.isBridged || face.shape.identity.length === 0) return face;
            return { ...face, shape: await refineShape(item.frame, face.shape) };
          });
          try {
            return [item.with(await Promise.all(work))];
          } finally {
            // The frame goes back when this ends: nothing of it may still be at work.
            await Promise.allSettled(work);
          }
        },
      };
    },
  });
}
