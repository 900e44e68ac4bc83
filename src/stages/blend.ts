import type { Item } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import type { PixelPool } from '../nets/pixels.ts';
import { defineStage, type Stage } from './define-stage.ts';
import type { GeneratedFace } from './generate.ts';

export type BlendOptions = {
  /** False leaves the light as generated. */
  readonly isLightMatched: boolean;
  readonly openPixels: (scope: Scope) => PixelPool;
  /** Told once for every frame that was changed. */
  readonly onSwapped: (frameIndex: number) => void;
};

/**
 * Blends the generated faces into the frame's own planes. The only stage that writes into them, and only under
 * the faces' masks; faces of one frame go one after the other, because they may overlap.
 */
export function blend(options: BlendOptions): Stage<Item<GeneratedFace>, Item<GeneratedFace>> {
  return defineStage({
    name: 'blend',
    concurrency: 2,
    lookahead: 0,
    open({ scope }) {
      const pixels = options.openPixels(scope);
      return Promise.resolve({
        async process(item: Item<GeneratedFace>) {
          const { frame } = item;
          for (const face of item.faces) {
            const { crop, generated, mask, labels, targetSkin, cropFromFrame, frameFromCrop, kept, neck } =
              face;
            await pixels.run(
              'blendFace',
              {
                data: frame.data,
                layout: frame.format.layout,
                color: frame.format.color,
                cropFromFrame,
                frameFromCrop,
                size: face.cropSize,
                crop,
                generated,
                labels,
                targetLabels: face.targetLabels,
                mask,
                targetSkin,
                tone: options.isLightMatched ? face.tone : undefined,
                detail: face.detail && {
                  detail: face.detail.source,
                  driven: face.detail.driven,
                  visibility: face.detail.visibility,
                  view: face.detail.view,
                  amounts: face.detail.amounts,
                },
                kept,
                neck,
              },
              [generated, mask, targetSkin],
            );
          }
          if (item.faces.length > 0) options.onSwapped(frame.index);
          return [item];
        },
      });
    },
  });
}
