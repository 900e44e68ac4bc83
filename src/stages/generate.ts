import type { Item } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import { defineStage, type Stage } from './define-stage.ts';
import type { SwappedFace } from './swap.ts';

/** A face with its generated picture. */
export type GeneratedFace = SwappedFace & {
  /** [3,S,S] RGB 0…1. */
  readonly generated: Float32Array;
};

/** Style codes and a label map [S,S] -> picture [3,S,S] RGB 0…1. */
export type Generate = (codes: Float32Array, labels: Uint8Array) => Promise<Float32Array>;

export type GenerateOptions = { readonly openGenerator: (scope: Scope) => Promise<Generate> };

/** Generates the picture of every face. Two frames at once, so that the network never waits for the next. */
export function generate(options: GenerateOptions): Stage<Item<SwappedFace>, Item<GeneratedFace>> {
  return defineStage({
    name: 'generate',
    concurrency: 2,
    lookahead: 0,
    async open({ scope }) {
      const run = await options.openGenerator(scope);
      return {
        async process(item) {
          const faces = await Promise.all(
            item.faces.map(async (face) => ({ ...face, generated: await run(face.codes, face.labels) })),
          );
          return [item.with(faces)];
        },
      };
    },
  });
}
