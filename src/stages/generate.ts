import type { Item } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import { defineStage, type Stage } from './define-stage.ts';
import type { SwappedFace } from './swap.ts';

/** A face with its generated picture. */
export type GeneratedFace = SwappedFace & {
  /** [3,T,T] RGB 0…1; T is less than the crop's S for a generator that makes less. */
  readonly generated: Float32Array;
};

/** Style codes and label maps [S,S] of faces -> their pictures [3,T,T] RGB 0…1, in the same order. */
export type Generate = (
  faces: readonly Pick<SwappedFace, 'codes' | 'labels'>[],
) => Promise<readonly Float32Array[]>;

export type GenerateOptions = { readonly openGenerator: (scope: Scope) => Promise<Generate> };

/**
 * Generates the pictures of all faces of a frame in one call, so that a device that makes several at once can. Two
 * frames at once, so that the network never waits for the next.
 */
export function generate(options: GenerateOptions): Stage<Item<SwappedFace>, Item<GeneratedFace>> {
  return defineStage({
    name: 'generate',
    concurrency: 2,
    lookahead: 0,
    async open({ scope }) {
      const run = await options.openGenerator(scope);
      return {
        async process(item) {
          const pictures = await run(item.faces);
          return [item.with(item.faces.map((face, i) => ({ ...face, generated: pictures[i]! })))];
        },
      };
    },
  });
}
