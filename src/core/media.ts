import type { Rational } from './rational.ts';

/** Streams that are neither video nor audio nor subtitles are `data` (time code, telemetry) or `attachment`. */
export type StreamKind = 'video' | 'audio' | 'subtitle' | 'data' | 'attachment';

/** What any stream has. Times in ticks of `timeBase`. */
export type StreamInfo = {
  /** ffmpeg's stream index in the file. */
  readonly index: number;
  readonly kind: StreamKind;
  /** ffmpeg's name, e.g. `h264`, `aac`; `unknown` when it has none. */
  readonly codec: string;
  readonly timeBase: Rational;
  readonly startPts: number | undefined;
  /** True for cover art and other still pictures attached to the file. */
  readonly isAttachedPicture: boolean;
  readonly language: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
};

/** Colour tags by ffmpeg's names; undefined when the stream does not say. */
export type ColorTags = {
  readonly range: 'tv' | 'pc' | undefined;
  readonly matrix: string | undefined;
  readonly primaries: string | undefined;
  readonly transfer: string | undefined;
  readonly chromaLocation: string | undefined;
};

/** Nine numbers of the ISO display matrix as they lie in the file: 16.16 fixed point, third column 2.30. */
export type DisplayMatrix = readonly number[];

/** The video stream that will be worked on. */
export type VideoStreamInfo = StreamInfo & {
  readonly kind: 'video';
  readonly width: number;
  readonly height: number;
  /** ffmpeg's name of the pixel format as decoded, e.g. `yuv420p10le`. */
  readonly pixelFormat: string;
  readonly profile: string | undefined;
  /** Pixel aspect ratio; undefined when not said (then 1:1). */
  readonly sampleAspect: Rational | undefined;
  readonly color: ColorTags;
  readonly displayMatrix: DisplayMatrix | undefined;
  /** Degrees clockwise that a player turns the picture: 0, 90, 180, 270 or any other. */
  readonly rotationDegrees: number;
  readonly averageRate: Rational | undefined;
  readonly nominalRate: Rational | undefined;
  /** What the container says; absent in many. */
  readonly declaredFrames: number | undefined;
  readonly fieldOrder: string | undefined;
};

export type AudioStreamInfo = StreamInfo & {
  readonly kind: 'audio';
  readonly sampleRate: number;
  readonly channels: number;
};

/** What a file holds, as far as its header tells. */
export type MediaInfo = {
  readonly path: string;
  /** ffmpeg's list of container names, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly container: string;
  readonly sizeBytes: number;
  readonly durationSeconds: number | undefined;
  readonly startSeconds: number | undefined;
  readonly chapterCount: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly streams: readonly StreamInfo[];
  /** First video stream that is not a cover picture. */
  readonly video: VideoStreamInfo;
  readonly audio: readonly AudioStreamInfo[];
};

/** Where the frames of a stream lie in time, read from its packets without decoding. */
export type FrameTimes = {
  /** Presentation times in ticks of the stream's time base, ascending; one a frame that is shown. */
  readonly pts: Float64Array;
  /** How long the last frame is shown, in ticks. */
  readonly lastTicks: number;
  /** Presentation times of key frames, ascending. */
  readonly keyPts: Float64Array;
  /** Frames the container lists but that are not in the file (truncated). */
  readonly missing: number;
  /** False when packets carry no presentation times (AVI): then they are counted from decoding times. */
  readonly isExact: boolean;
  readonly rate: FrameRate;
};

/** Constant when all frame distances equal the nominal one to within the rounding of a tick. */
export type FrameRate = {
  readonly kind: 'constant' | 'variable';
  /** Frames per second, over the whole stream. */
  readonly mean: Rational;
  /** Shortest and longest distance of two frames in ticks. */
  readonly shortestTicks: number;
  readonly longestTicks: number;
};
