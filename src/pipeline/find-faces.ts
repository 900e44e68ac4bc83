import type { TrackedFace } from '../core/faces.ts';
import type { Rational } from '../core/rational.ts';
import { detectorOf } from '../nets/detector.ts';
import { faceReader } from '../nets/face-reader.ts';
import { landmarksOf } from '../nets/landmarks.ts';
import type { OpenRole } from '../nets/opened.ts';
import { sharedPixels } from '../nets/pixels.ts';
import type { StageContext } from '../stages/define-stage.ts';
import { detect } from '../stages/detect.ts';
import { track, type TrackHistory } from '../stages/track.ts';
import type { TrackerState } from '../ops/track/tracker.ts';
import type { Part } from './swap-work.ts';

export type FindFacesOptions = {
  readonly open: OpenRole;
  /** The detector runs on every so many frames; default 5. */
  readonly every?: number | undefined;
  /** Frames that a hidden face is carried over, and that are looked ahead for it; default 30. */
  readonly bridgeFrames?: number | undefined;
  /** What is known from the frames before a range, so that ids are those of the whole file. */
  readonly history?: TrackHistory | undefined;
  /** True: frames wait no longer than they must; see the track stage. */
  readonly isPrompt?: boolean | undefined;
  /** True: the detector looks further only where its usual look shows nobody. */
  readonly isQuick?: boolean | undefined;
  readonly onEnd?: ((state: TrackerState) => void) | undefined;
};

/** Frames of a second at the most usual rate. */
export const defaultBridgeFrames = 30;
/** Look-ahead has an end: so many frames wait in memory. */
const mostBridgeFrames = 60;
export const defaultDetectEvery = 5;
/**
 * Frames after which it makes no difference to a face's place where following it began. Measured on the samples: none
 * differed after 28 where every face could be seen, and after 51 where one hid the other (28 beginnings).
 */
const settleFrames = 60;

/** Frames of the second that a hidden face is carried over at a frame rate: at least 30, at most 60. */
export function bridgeFramesAt(rate: Rational | undefined): number {
  const perSecond = rate && rate.den > 0 ? Math.ceil(rate.num / rate.den) : 0;
  return Math.min(mostBridgeFrames, Math.max(defaultBridgeFrames, perSecond));
}

/** Who is where: detect and track as one part of a run. */
export function findFaces(options: FindFacesOptions): Part<never, TrackedFace> {
  const holds = Object.values(faceStages(options)).reduce((sum, stage) => sum + stage.holds, 0);
  return {
    holds,
    reach: { before: settleFrames, after: options.bridgeFrames ?? defaultBridgeFrames },
    in: (context: StageContext) => (items) => {
      const stages = faceStages(options);
      return items.pipe(stages.detect.in(context), stages.track.in(context));
    },
  };
}

function faceStages({
  open,
  every = defaultDetectEvery,
  bridgeFrames = defaultBridgeFrames,
  ...rest
}: FindFacesOptions) {
  return {
    detect: detect({
      every,
      openPixels: sharedPixels,
      openDetector: async (scope) => detectorOf(await open('detector', scope)),
      isFirstDetected: rest.history === undefined,
      isQuick: rest.isQuick,
    }),
    track: track({
      every,
      bridgeFrames,
      birthScore: 0.6,
      birthPresence: 0.7,
      keepPresence: 0.55,
      history: rest.history,
      isPrompt: rest.isPrompt,
      onEnd: rest.onEnd,
      async openReader(scope) {
        const net = landmarksOf(await open('landmarks', scope));
        return { readFace: faceReader(net, sharedPixels(scope)), hasPresence: net.hasPresence };
      },
    }),
  };
}
