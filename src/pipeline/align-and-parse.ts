import type { ParsedFace, TrackedFace } from '../core/faces.ts';
import type { OpenRole } from '../nets/opened.ts';
import { parserOf } from '../nets/parser.ts';
import { refinerOf } from '../nets/refiner.ts';
import { sharedPixels } from '../nets/pixels.ts';
import { align, alignReach, type AlignSmoothing } from '../stages/align.ts';
import type { StageContext } from '../stages/define-stage.ts';
import { parse } from '../stages/parse.ts';
import { refine } from '../stages/refine.ts';
import type { Part } from './swap-work.ts';

export type AlignAndParseOptions = {
  readonly open: OpenRole;
  /** True: the profile has a refiner, which reads every face's shape again. */
  readonly isRefined?: boolean | undefined;
  /** Side of the aligned crop in pixels; even. */
  readonly cropSize: number;
  /** How many rows below the crop are read too, for the neck; even. None when left out. */
  readonly rowsBelow?: number | undefined;
  /** How much is steadied over time. */
  readonly smooth: 'off' | 'low' | 'medium' | 'high';
  /** Without look-ahead, for previews that must not wait: a one-euro filter keeps the crop still. */
  readonly isLowLatency?: boolean | undefined;
  /** Frames that are wanted; all when left out. */
  readonly isRead?: ((frameIndex: number) => boolean) | undefined;
};

/** Frames to each side that the crop's place is steadied over, and what stays of a pixel's last probabilities. */
const strengths = {
  off: { radius: 0, keep: 0 },
  low: { radius: 3, keep: 0.5 },
  medium: { radius: 6, keep: 0.7 },
  high: { radius: 8, keep: 0.8 },
} as const;

/** Frames from one turn of the label memory to the next: a thousandth of what was before is left by then. */
function memoryFrames(keep: number): number {
  return keep === 0 ? 0 : Math.ceil(Math.log(1e-3) / Math.log(keep));
}

/** What faces look like: refine, align and parse as one part of a run. */
export function alignAndParse(options: AlignAndParseOptions): Part<TrackedFace, ParsedFace> {
  const holds = Object.values(lookStages(options)).reduce((sum, stage) => sum + stage.holds, 0);
  const { radius, keep } = strengths[options.smooth];
  return {
    holds,
    reach: alignReach(radius),
    memory: memoryFrames(keep),
    only: (isRead) => alignAndParse({ ...options, isRead }),
    in: (context: StageContext) => (items) => {
      const stages = lookStages(options);
      const refined = stages.refine ? items.pipe(stages.refine.in(context)) : items;
      return refined.pipe(stages.align.in(context), stages.parse.in(context));
    },
  };
}

function lookStages({
  open,
  isRefined = false,
  cropSize,
  rowsBelow,
  smooth,
  isLowLatency = false,
  isRead,
}: AlignAndParseOptions) {
  const { radius, keep } = strengths[smooth];
  const smoothing: AlignSmoothing =
    isLowLatency && radius > 0 ? { kind: 'one-euro' } : { kind: 'window', radius };
  return {
    ...(isRefined && {
      refine: refine({
        openRefiner: async (scope) => refinerOf(await open('refiner', scope), sharedPixels(scope)),
      }),
    }),
    align: align({ cropSize, rowsBelow, smoothing, openPixels: sharedPixels, isRead }),
    parse: parse({
      keep,
      turnEvery: memoryFrames(keep) || undefined,
      openPixels: sharedPixels,
      openParser: async (scope) => parserOf(await open('parser', scope), sharedPixels(scope)),
    }),
  };
}
