/** What a run tells, in this order: started, any number of the middle ones, finished. */
export type RunEvent = StartedEvent | ProgressEvent | WarningEvent | NoticeEvent | FinishedEvent;

/** The plan: what will be done, on what, and what is left out. */
export type StartedEvent = {
  readonly event: 'started';
  readonly target: string;
  readonly output: string;
  /** Frames expected; undefined when the container does not tell. */
  readonly framesExpected: number | undefined;
  /** Execution provider per role, with the reason when it was chosen automatically. */
  readonly devices: Readonly<Record<string, string>>;
  /** What will not be done or kept, one sentence each. */
  readonly leftOut: readonly string[];
};

export type ProgressEvent = {
  readonly event: 'progress';
  readonly framesDone: number;
  readonly framesExpected: number | undefined;
  readonly framesPerSecond: number;
  readonly secondsLeft: number | undefined;
  /** Stage that takes the most time a frame now. */
  readonly slowestStage: string | undefined;
};

/** Something the user should know although the run goes on. */
export type WarningEvent = {
  readonly event: 'warning';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
};

/** Something worth a line, without being a problem. */
export type NoticeEvent = { readonly event: 'notice'; readonly code: string; readonly message: string };

/** One person's frames in the target. */
export type TrackSummary = {
  /** The number that `--faces` takes. */
  readonly id: number;
  /** Numbers in the file. */
  readonly firstFrame: number;
  readonly lastFrame: number;
  /** Frames in which the face is seen, and those in which it is hidden and its place is known. */
  readonly frames: number;
  readonly bridgedFrames: number;
  /** Frames in which it was chosen to be swapped. */
  readonly framesChosen: number;
  /** Least and greatest width of the face in pixels; undefined when it is seen nowhere in the range. */
  readonly widthPx: { readonly min: number; readonly max: number } | undefined;
};

export type FinishedEvent = {
  readonly event: 'finished';
  readonly output: string;
  readonly frames: number;
  /** Frames in which at least one face was swapped. */
  readonly framesSwapped: number;
  /** Frames that could not be decoded. */
  readonly framesLost: number;
  readonly seconds: number;
  /** Mean milliseconds a frame that each stage was at work. */
  readonly stageMilliseconds: Readonly<Record<string, number>>;
  /** Who was found in the frames that were worked on, by number. */
  readonly tracks: readonly TrackSummary[];
};

/** Tells an event to whoever runs the pipeline; stages and plans get one and never print. */
export type Tell = (event: RunEvent) => void;
