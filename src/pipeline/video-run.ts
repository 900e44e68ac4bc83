import type { Observable, OperatorFunction } from 'rxjs';
import type { RunEvent, Tell, TrackSummary } from '../core/events.ts';
import type { VideoFormat } from '../core/frame.ts';
import type { Item } from '../core/item.ts';
import type { Range } from '../core/range.ts';
import type { Scope } from '../core/scope.ts';
import type { OutputMark } from '../media/mark.ts';
import type { StageContext } from '../stages/define-stage.ts';

/** What happens to the frames between decoding and encoding. */
export type FrameWork = {
  /** Frames it can hold at once: Σ over its stages of (concurrency + lookahead). */
  readonly holds: number;
  /** Opens nothing itself: its stages do, on subscription, in the context's scope. */
  in(context: StageContext, video: VideoFormat): OperatorFunction<Item<never>, Item<unknown>>;
};

/** How the output is encoded; undefined = chosen by the container and the source. */
export type EncodeSettings = {
  readonly codec: 'h264' | 'h265' | 'vp9' | 'av1' | 'ffv1' | undefined;
  readonly crf: number | undefined;
  readonly preset: string | undefined;
  readonly pixelFormat: string | undefined;
  readonly audio: 'copy' | 'none';
};

export type VideoRequest = {
  readonly target: string;
  readonly output: string;
  readonly overwrite: boolean;
  readonly range?: Range | undefined;
  readonly encode: EncodeSettings;
  readonly work: FrameWork;
  /** Execution provider per role, for the started event. */
  readonly devices?: Readonly<Record<string, string>>;
  /** What the plan leaves out on the side of the work, one sentence each. */
  readonly leftOut?: readonly string[];
  /** Written into the output's metadata: what made its faces. */
  readonly mark?: OutputMark | undefined;
  /** Frames swapped so far; asked at the end. */
  readonly countSwapped?: () => number;
  /** Who was found; asked at the end. */
  readonly tracks?: () => readonly TrackSummary[];
  readonly signal?: AbortSignal | undefined;
  /** Where what outlasts the run is opened. */
  readonly lasting?: Scope | undefined;
  /** Process environment, for FFMPEG_PATH and FFPROBE_PATH. */
  readonly env?: Readonly<Record<string, string | undefined>>;
};

export type ReadRequest = {
  readonly target: string;
  readonly range?: Range | undefined;
  /** Frames before the range that are decoded too, so that windows and tracks are as in a run of the whole file. */
  readonly preRollFrames?: number;
  readonly work: FrameWork;
  /** Items the subscriber may hold at once; default 1. */
  readonly holds?: number;
  readonly tell?: Tell;
  readonly signal?: AbortSignal | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

export type RunVideo = (request: VideoRequest) => Observable<RunEvent>;
export type ReadVideo = (request: ReadRequest) => Observable<Item<unknown>>;
