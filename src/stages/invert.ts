import type { ParsedFace } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import { lightFacts, type LightFacts } from '../ops/light/light-facts.ts';
import type { RegionStyles } from '../ops/style/styles.ts';
import { defineStage, type Stage } from './define-stage.ts';

/** A parsed face with the target's own style vectors. */
export type InvertedFace = ParsedFace & {
  /** Read on the last key frame; the same object until the next one. */
  readonly styles: RegionStyles;
  /** What the crop tells about its light. */
  readonly light: LightFacts;
  /** The same in the frames around, as far as smoothing looks. */
  readonly nearLight: LightFacts;
};

/** Reads style vectors off an aligned crop: [3,S,S] RGB 0…1 and its label map [S,S]. */
export type Encode = (crop: Float32Array, labels: Uint8Array) => Promise<RegionStyles>;

export type InvertOptions = {
  /** Opens the encoder (or gives the run's own). */
  readonly openEncoder: (scope: Scope) => Promise<Encode>;
  /** Every how many frames the target is encoded; key frames are counted in the source file, from 0. */
  readonly keyFrameEvery: number;
};

/**
 * Adds the target's own style vectors to every face. They stand in for regions that are not taken from the
 * source and change slowly, so they are read on key frames and where a track begins, and held between.
 */
export function invert(options: InvertOptions): Stage<Item<ParsedFace>, Item<InvertedFace>> {
  return defineStage({
    name: 'invert',
    concurrency: 1,
    lookahead: 0,
    async open({ scope }) {
      const encode = await options.openEncoder(scope);
      let held = new Map<number, RegionStyles>();
      return {
        async process(item) {
          const isKeyFrame = item.frame.index % options.keyFrameEvery === 0 || item.frame.isSceneStart;
          const now = new Map<number, RegionStyles>();
          const faces: InvertedFace[] = [];
          for (const face of item.faces) {
            const known = isKeyFrame ? undefined : held.get(face.trackId);
            const styles = known ?? (await encode(face.crop, face.labels));
            now.set(face.trackId, styles);
            const light = lightFacts(face.crop, face.labels, face.probabilities);
            faces.push({ ...face, styles, light, nearLight: light });
          }
          held = now;
          return [item.with(faces)];
        },
      };
    },
  });
}
