import type { Comparison } from '../../core/options/preview.ts';
import { pngOf } from '../../media/picture-file.ts';
import { cutPicture } from '../../ops/image/cut-picture.ts';
import type { Picture } from '../../ops/image/turn-picture.ts';
import type { StageContext } from '../../stages/define-stage.ts';
import { planSwap, type SwapPlan } from '../plan.ts';
import type { ReadPlan } from '../plan-video.ts';
import { drain } from './drain.ts';
import type { PreviewOptions } from './plan-preview.ts';
import type { PreviewFolder } from './preview-folder.ts';
import { previewFrames } from './preview-frames.ts';
import type { ComparisonReport } from './report.ts';
import type { SharedTools } from './shared-tools.ts';
import { pageImage, stillPictures, type ShowFacts, type StillPictures } from './still.ts';
import type { StillAsk } from './still-keeper.ts';

/** Longest side of a variant in the page. */
const gridBox = 560;

/** What is to be compared, each value with its plan. */
export type PlannedComparison = {
  readonly name: string;
  readonly variants: readonly { readonly text: string; readonly plan: SwapPlan }[];
};

/** Plans every value of an option. @throws {UsageError} when one of them changes nothing */
export async function planComparison(
  { name, variants }: Comparison,
  options: PreviewOptions,
): Promise<PlannedComparison> {
  const planned: { text: string; plan: SwapPlan }[] = [];
  for (const { text, value } of variants) {
    planned.push({ text, plan: await planSwap({ ...options, [name]: value }) });
  }
  return { name, variants: planned };
}

/** Swaps one moment once for every value of an option. */
export async function compareVariants(
  { name, variants }: PlannedComparison,
  {
    moment,
    read,
    tools,
    show,
    folder,
    inPass,
    signal,
  }: {
    readonly moment: StillAsk;
    readonly read: ReadPlan;
    readonly tools: SharedTools;
    readonly show: ShowFacts;
    readonly folder: PreviewFolder;
    /** Runs work in a scope of its own. */
    readonly inPass: (work: (context: StageContext) => Promise<void>) => Promise<void>;
    readonly signal: AbortSignal;
  },
): Promise<ComparisonReport> {
  const shown: { text: string; pictures: StillPictures }[] = [];
  for (const { text, plan } of variants) {
    const own = tools.for(plan);
    const count = { framesSwapped: 0, framesWithFaces: 0 };
    await inPass((context) =>
      drain(
        previewFrames({ read, wanted: [moment.frame], plan, tools: own, count, context }),
        (frame) => {
          shown.push({ text, pictures: stillPictures(frame.item.frame.data, frame, show) });
          frame.item.release();
        },
        signal,
      ),
    );
  }
  const images = shown.map(async ({ text, pictures }, i) => {
    const file = `compare/${name}-${i + 1}.png`;
    await folder.write(file, await pngOf(pictures.after, pictures.sampleAspect));
    return { text, file, image: await gridImage(pictures.after, pictures) };
  });
  const first = shown[0]!.pictures;
  return {
    name,
    frame: moment.frame,
    seconds: moment.seconds,
    target: await gridImage(first.before, first),
    variants: await Promise.all(images),
  };
}

/** The faces of a picture, or all of it without any. */
function gridImage(picture: Picture, { faceBox, sampleAspect }: StillPictures): ReturnType<typeof pageImage> {
  return pageImage(faceBox ? cutPicture(picture, faceBox) : picture, gridBox, sampleAspect);
}
