import type { PageImage, PagePair, StillImages } from './still.ts';

/** One moment on the page. */
export type StillReport = {
  readonly frame: number;
  readonly seconds: number;
  readonly reason: string | undefined;
  readonly files: { readonly before: string; readonly after: string };
  readonly images: StillImages;
  readonly faceCount: number;
  readonly isSwapped: boolean;
};

export type TrackReport = {
  readonly trackId: number;
  readonly image: PageImage;
  readonly file: string;
  readonly isSwapped: boolean;
  /** Swapped frames of this preview that show it. */
  readonly frames: number;
};

export type ComparisonReport = {
  readonly name: string;
  readonly frame: number;
  readonly seconds: number;
  readonly target: PageImage;
  readonly variants: readonly { readonly text: string; readonly image: PageImage; readonly file: string }[];
};

export type ClipReport = {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  readonly first: number;
  readonly last: number;
  readonly hasSound: boolean;
  /** The clip itself, base64; undefined when it is too large for a page. */
  readonly data: string | undefined;
};

export type TimingReport = {
  /** Mean milliseconds a frame, by stage. */
  readonly stages: Readonly<Record<string, number>>;
  readonly framesSwapped: number;
  readonly seconds: number;
  readonly firstStillSeconds: number | undefined;
  /** Shortest and longest guess for the whole file, and what it rests on. */
  readonly wholeFile: { readonly seconds: readonly [number, number]; readonly basis: string } | undefined;
};

/** All that the page shows. */
export type PreviewReport = {
  readonly target: string;
  readonly madeAt: Date;
  readonly version: string;
  readonly profile: string;
  readonly devices: Readonly<Record<string, string>>;
  readonly video: {
    readonly width: number;
    readonly height: number;
    readonly frames: number;
    readonly framesPerSecond: number;
    readonly seconds: number;
  };
  readonly stills: readonly StillReport[];
  readonly clip: ClipReport | undefined;
  readonly tracks: readonly TrackReport[];
  /** True when the tracks' ids are the numbers that `--faces` takes; else they count within the preview. */
  readonly areIdsOfFile: boolean;
  readonly comparisons: readonly ComparisonReport[];
  readonly timing: TimingReport;
  /** Command lines, ready for a shell: of the whole run and of this preview. */
  readonly commands: { readonly swap: string; readonly preview: string };
  /** What to know about it, one sentence each. */
  readonly notes: readonly string[];
};

export type { PageImage, PagePair };
