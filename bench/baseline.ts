import type { ParsedFace } from '../src/core/faces.ts';
import type { Item } from '../src/core/item.ts';
import { openPixelPool } from '../src/nets/pixels.ts';
import { driveLandmarks } from '../src/ops/drive/drive-landmarks.ts';
import { expandGrid, thinPlate } from '../src/ops/drive/thin-plate.ts';
import { transformPoints } from '../src/ops/drive/transform-points.ts';
import { warpImage } from '../src/ops/drive/warp-labels.ts';
import type { SwapPlan } from '../src/pipeline/plan.ts';
import type { SwapTools } from '../src/pipeline/swap-work.ts';
import type { FrameWork } from '../src/pipeline/video-run.ts';
import { choose, Choices } from '../src/stages/choose.ts';
import { defineStage, type Stage } from '../src/stages/define-stage.ts';

/**
 * The baseline of pasting the source: its crop warped to the driven landmarks (the same driving, mask and paste as
 * the swap's), colours as in the photo. No network generates anything.
 */
export function pasteSource(plan: SwapPlan, tools: SwapTools, source: ParsedFace): FrameWork {
  const pick = choose({ wanted: plan.entries.map((entry) => entry.faces), choices: new Choices() });
  const paste = warpAndPaste(plan, tools, source);
  return {
    holds: tools.track.holds + pick.holds + tools.parse.holds + paste.holds,
    in: (context) => (items) =>
      items.pipe(tools.track.in(context), pick.in(context), tools.parse.in(context), paste.in(context)),
  };
}

function warpAndPaste(
  plan: SwapPlan,
  { basis }: SwapTools,
  source: ParsedFace,
): Stage<Item<ParsedFace>, Item<ParsedFace>> {
  const { amounts, shape } = plan.entries[0]!;
  const regions = Uint8Array.from(amounts, (amount) => (amount > 0 ? 1 : 0));
  const sourcePoints = transformPoints(source.cropFromFrame, source.shape.points);
  return defineStage({
    name: 'paste source',
    concurrency: 1,
    lookahead: 0,
    open({ scope }) {
      const pixels = openPixelPool(1, scope);
      return Promise.resolve({
        async process(item: Item<ParsedFace>) {
          for (const face of item.faces) {
            const size = face.cropSize;
            const driven = transformPoints(
              face.cropFromFrame,
              basis ? driveLandmarks(basis, face.shape, source.shape.identity, shape) : face.shape.points,
            );
            const at: number[] = [];
            const from: number[] = [];
            for (let p = driven.length > 2 * 68 ? 68 : 0; p * 2 < driven.length; p++) {
              if (face.shape.visibility[p]! < 0.3 || source.shape.visibility[p]! < 0.3) continue;
              at.push(driven[p * 2]!, driven[p * 2 + 1]!);
              from.push(sourcePoints[p * 2]!, sourcePoints[p * 2 + 1]!);
            }
            const map = thinPlate(Float32Array.from(at), Float32Array.from(from), size, 33, 0.0005);
            const warped = warpImage(source.crop, expandGrid(map, size), size);
            const { mask, targetSkin } = await pixels.run('swapFace', {
              size,
              probabilities: face.probabilities,
              labels: face.labels,
              landmarks: undefined,
              source: undefined,
              regions,
            });
            await pixels.run('blendFace', {
              data: item.frame.data,
              layout: item.frame.format.layout,
              color: item.frame.format.color,
              cropFromFrame: face.cropFromFrame,
              frameFromCrop: face.frameFromCrop,
              size,
              crop: face.crop,
              generated: warped,
              labels: face.labels,
              targetLabels: face.labels,
              mask,
              targetSkin,
              tone: undefined,
              detail: undefined,
              kept: { regions: new Uint8Array(12), map: undefined, iris: undefined },
            });
          }
          return [item];
        },
      });
    },
  });
}
