import type { Detection, TrackedFace } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import type { ReadFace } from '../nets/face-reader.ts';
import { detectorLook } from '../ops/track/detector-views.ts';
import { newTracker, type TrackerOptions, type TrackerState } from '../ops/track/tracker.ts';
import { defineStage, type Stage } from './define-stage.ts';
import { lookForFaces } from './look-for-faces.ts';
import { TrackWindow } from './track-window.ts';

/** What is known before a run's first frame, from the frames before it. */
export type TrackHistory = (firstIndex: number) => Promise<TrackerState | undefined>;

export type TrackOptions = Omit<TrackerOptions, 'hasPresence'> & {
  readonly openReader: (
    scope: Scope,
  ) => Promise<{ readonly readFace: ReadFace; readonly hasPresence: boolean }>;
  /** The detector's rhythm, as in `detect`. */
  readonly every: number;
  /** Asked when the first frame is not the file's first. Without it, ids count from where the run begins. */
  readonly history: TrackHistory | undefined;
  /**
   * True: a frame is given out as soon as no later one can change what is said of it. The mean looks that go with a
   * face are then those of fewer frames.
   */
  readonly isPrompt?: boolean | undefined;
  /** Told what is remembered when the stream has ended. */
  readonly onEnd?: ((state: TrackerState) => void) | undefined;
};

/**
 * Follows faces from frame to frame. Between detector frames the landmark network finds each face again where it
 * was, and tells when it is gone. Faces keep their ids when they cross, are hidden or come back; nothing but who is
 * who goes over a scene cut. Looks `bridgeFrames` ahead, so that a face that was hidden for as long is put where it
 * must have been, and a new one is shown from its first sight on, not from when it was sure.
 */
export function track(options: TrackOptions): Stage<Item<Detection>, Item<TrackedFace>> {
  const { bridgeFrames, every } = options;
  return defineStage({
    name: 'track',
    concurrency: 1,
    lookahead: bridgeFrames,
    async open({ scope }) {
      const { readFace, hasPresence } = await options.openReader(scope);
      const tracker: TrackerOptions = {
        birthScore: options.birthScore,
        birthPresence: options.birthPresence,
        keepPresence: options.keepPresence,
        bridgeFrames,
        hasPresence,
      };
      let state: TrackerState | undefined;
      const window = new TrackWindow(bridgeFrames, options.isPrompt);
      const begin = async (index: number): Promise<TrackerState> => {
        const known = index > 0 ? await options.history?.(index) : undefined;
        if (known) window.begin(known);
        return known ?? newTracker();
      };
      return {
        async process(item) {
          const { frame } = item;
          const isFirst = state === undefined;
          state ??= await begin(frame.index);
          const out = frame.isSceneStart ? window.finish(state) : [];
          const isUnknown = isFirst && state.lastIndex < 0;
          const look = detectorLook(frame.index, frame.isSceneStart || isUnknown, every);
          const step = await lookForFaces(state, item, look, readFace, tracker);
          return [...out, ...window.add(item, step, state)];
        },
        flush() {
          const now = state ?? newTracker();
          options.onEnd?.(structuredClone(now));
          return window.finish(now);
        },
        drop() {
          window.drop();
        },
      };
    },
  });
}
