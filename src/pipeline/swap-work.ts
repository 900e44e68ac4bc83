import { concat, defer, EMPTY, tap, type Observable, type OperatorFunction } from 'rxjs';
import { NoFaceError } from '../core/errors.ts';
import type { ParsedFace, TrackedFace } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import { sharedPixels } from '../nets/pixels.ts';
import { drawLabel } from '../ops/blend/draw-label.ts';
import type { ShapeBasis } from '../ops/drive/shape-basis.ts';
import { onlyFrames } from '../ops/stream/only-frames.ts';
import type { SeenLight } from '../ops/light/usual-light.ts';
import type { StyleParts } from '../ops/style/styles.ts';
import { blend } from '../stages/blend.ts';
import { choose, Choices, type ChooseOptions, type PartOfFile } from '../stages/choose.ts';
import type { StageContext } from '../stages/define-stage.ts';
import { turnFrames, turnsKept } from '../stages/face-turns.ts';
import { generate, type Generate } from '../stages/generate.ts';
import { invert, type Encode, type InvertedFace } from '../stages/invert.ts';
import { smooth } from '../stages/smooth.ts';
import { swap, type MapStyles, type SwapEntry, type SwappedFace } from '../stages/swap.ts';
import type { SwapPlan } from './plan.ts';
import type { RunFaces } from './run-faces.ts';
import type { Reach, WorkReach } from './preview/work-spans.ts';
import type { FrameWork } from './video-run.ts';

/** The generating networks of one run, open. */
export type OpenTexture = {
  readonly encode: Encode;
  readonly map: MapStyles;
  readonly generate: Generate;
  readonly parts: StyleParts;
  /**
   * True for a generator that is too small to draw gaze, teeth and the marks of a skin: these then come from the
   * target's and the source's own pictures.
   */
  readonly isSmall: boolean;
};

/** What a swap is made with; opened once a run, on first use, in the run's scope. */
export type SwapTools = {
  /** Detect and track: who is where. */
  readonly track: Part<never, TrackedFace>;
  /** The same for a first look at single frames: faces that are easy to see. */
  readonly quickTrack?: Part<never, TrackedFace>;
  /** The same for frames that are looked at each by itself. */
  readonly freshTrack?: Part<never, TrackedFace>;
  /**
   * True: `track` knows what was before the first frame that it sees, so ids are those of the whole file and nothing has to
   * be told it as the beginning of a scene.
   */
  readonly hasHistory?: boolean;
  /** Align and parse: what the chosen faces look like. */
  readonly parse: Part<TrackedFace, ParsedFace>;
  readonly openTexture: (scope: Scope) => Promise<OpenTexture>;
  /** Reads the sources' photos. */
  readonly readSources: (texture: OpenTexture, context: StageContext) => Promise<readonly SwapEntry[]>;
  /** Looks at the whole target for the light that its faces are seen in; left out where nothing is to wait for that. */
  readonly readLight?: ((scope: Scope) => Promise<readonly SeenLight[]>) | undefined;
  readonly basis: ShapeBasis | undefined;
  readonly unlike: ChooseOptions['unlike'] | undefined;
  /** Looks at what these tools were not to wait for; the tools to go on with, or undefined where these will do. */
  readonly settle?: (() => Promise<SwapTools | undefined>) | undefined;
};

/** Some stages in a row. */
export type Part<In, Out> = {
  readonly holds: number;
  /** Frames before and after one that what it says of that one depends on; none when left out. */
  readonly reach?: Reach;
  /** Frames from one turn of its memory to the next: nothing from before the last turn but one has a say. None when left out. */
  readonly memory?: number;
  /** The same for some frames only: of the others it finds out what matters to these, and may leave them out. */
  readonly only?: (isRead: (frameIndex: number) => boolean) => Part<In, Out>;
  in(context: StageContext): OperatorFunction<Item<In>, Item<Out>>;
};

/** Every how many frames the target's own style vectors are read. */
const keyFrameEvery = 12;

/**
 * Frames around one on which its swap depends.
 *
 * @param isFar true: also those that may have a say in who is the largest of several faces
 */
export function reachOf(
  { smoothRadius, entries }: SwapPlan,
  { track, parse }: SwapTools,
  isFar = false,
): WorkReach {
  const none = { before: 0, after: 0 };
  const isChosen = entries.some(({ faces: { kind } }) => kind === 'like' || (kind === 'largest' && isFar));
  return {
    track: track.reach ?? none,
    choose: { turns: isChosen ? turnsKept : 0, turnFrames },
    align: parse.reach ?? none,
    memory: parse.memory ?? 0,
    smooth: { before: smoothRadius, after: smoothRadius },
    keyFrameEvery,
  };
}

/** Counts what a run has done. */
export type SwapCount = {
  framesSwapped: number;
  /** Frames that showed a face that could be swapped. */
  framesWithFaces: number;
  /** Sums up who is seen and who is chosen, where that is wanted. */
  readonly faces?: RunFaces;
};

/** How a preview looks at the work of a swap from inside. The hooks borrow what they are given. */
export type SwapView = {
  /** Frames in which the places of the chosen faces matter; in the others faces are only followed. */
  readonly isPlaced: (frameIndex: number) => boolean;
  /** Frames whose chosen faces are read: aligned, parsed, inverted. */
  readonly isRead: (frameIndex: number) => boolean;
  /** Frames that are swapped; the others only fill the windows of these, and end after smoothing. */
  readonly isWanted: (frameIndex: number) => boolean;
  /** Where a part of a file is worked on. */
  readonly part?: PartOfFile | undefined;
  /** Every face of every frame, before any is chosen. */
  readonly onTracked: (item: Item<TrackedFace>) => void;
  /** The chosen faces of a wanted frame, whose planes are still as decoded. */
  readonly onRead: (item: Item<InvertedFace>) => void;
  /** What the faces of a wanted frame are generated from. */
  readonly onSwapped: (item: Item<SwappedFace>) => void;
};

/** The frame work of a swap: everything between decoding and encoding. */
export function swapWork(plan: SwapPlan, tools: SwapTools, count: SwapCount, view?: SwapView): FrameWork {
  // What a stage holds is known before it is opened, so that the pool can be sized.
  const holds = Object.values(swapStages(plan, tools, count)).reduce((sum, stage) => sum + stage.holds, 0);
  return {
    holds,
    in: (context) => (items) => {
      const stages = swapStages(plan, tools, count, context, view?.part);
      const parse = (view && stages.parse.only?.(view.isRead)) ?? stages.parse;
      const chosen = items.pipe(
        stages.track.in(context),
        tap((item) => {
          if (item.faces.length > 0) count.framesWithFaces += 1;
          count.faces?.see(item);
          view?.onTracked(item);
        }),
        stages.choose.in(context),
        tap((item) => count.faces?.choose(item)),
      );
      const read = chosen.pipe(
        onlyFrames(view?.isPlaced),
        parse.in(context),
        stages.invert.in(context),
        stages.smooth.in(context),
        onlyFrames(view?.isWanted),
        tap((item) => view?.onRead(item)),
      );
      const swapped = read.pipe(
        stages.swap.in(context),
        tap((item) => view?.onSwapped(item)),
        stages.generate.in(context),
        stages.blend.in(context),
      );
      const marked = plan.isLabelled
        ? swapped.pipe(
            tap(({ frame }) => {
              drawLabel(frame.data, frame.format.layout, frame.format.color);
            }),
          )
        : swapped;
      return concat(marked, noFaceCheck(plan, count, context));
    },
  };
}

/** At the end of the frames: says when no face was swapped, or fails where one is required. Emits nothing. */
function noFaceCheck({ requireFace }: SwapPlan, count: SwapCount, { tell }: StageContext): Observable<never> {
  return defer(() => {
    if (count.framesSwapped > 0) return EMPTY;
    const message =
      count.framesWithFaces === 0
        ? 'No face was found in the target.'
        : 'None of the faces in the target was chosen.';
    const hint =
      count.framesWithFaces === 0
        ? 'Run "facet inspect --faces" to see what is found.'
        : 'Check --faces or --map; "facet inspect --faces" lists the faces.';
    if (requireFace) throw new NoFaceError(message, { code: 'NO_FACE_IN_TARGET', hint });
    tell({
      event: 'warning',
      code: 'NO_FACE_IN_TARGET',
      message: `${message} The picture is copied as it is.`,
      hint,
    });
    return EMPTY;
  });
}

/** The stages of one run. Networks and workers are opened on first use, once, and shared between stages. */
function swapStages(
  plan: SwapPlan,
  tools: SwapTools,
  count: SwapCount,
  context?: StageContext,
  part?: PartOfFile,
) {
  const choices = new Choices();
  let texture: Promise<OpenTexture> | undefined;
  let parts: StyleParts = [];
  const openTexture = (scope: Scope): Promise<OpenTexture> =>
    (texture ??= tools.openTexture(scope).then((open) => {
      ({ parts } = open);
      return open;
    }));
  return {
    track: tools.track,
    choose: choose({
      wanted: plan.entries.map((entry) => entry.faces),
      choices,
      part,
      ...(tools.unlike ? { unlike: tools.unlike } : {}),
    }),
    parse: tools.parse,
    invert: invert({
      keyFrameEvery,
      openEncoder: async (scope) => (await openTexture(scope)).encode,
    }),
    smooth: smooth({ radius: plan.smoothRadius, parts: () => parts }),
    swap: swap({
      openEntries: async (scope) => tools.readSources(await openTexture(scope), context!),
      openLight: plan.isLightMatched ? tools.readLight : undefined,
      entryOf: (item, face) => choices.of(item.frame, face.trackId),
      basis: tools.basis,
      parts: () => parts,
      openMapper: async (scope) => (await openTexture(scope)).map,
      openPixels: sharedPixels,
    }),
    generate: generate({ openGenerator: async (scope) => (await openTexture(scope)).generate }),
    blend: blend({
      isLightMatched: plan.isLightMatched,
      openPixels: sharedPixels,
      onSwapped: () => {
        count.framesSwapped += 1;
      },
    }),
  };
}
