import type { NoticeEvent, ProgressEvent, WarningEvent } from './events.ts';

/** What a preview tells, in this order: started, any number of the middle ones, finished. */
export type PreviewEvent =
  PreviewStartedEvent | StillEvent | ProgressEvent | WarningEvent | NoticeEvent | PreviewFinishedEvent;

/** The plan of a preview. */
export type PreviewStartedEvent = {
  readonly event: 'started';
  readonly target: string;
  /** Folder that is written. */
  readonly output: string;
  /** Frames that will be swapped; the most there may be where moments are still to be found. */
  readonly framesExpected: number;
  /** Execution provider per role. */
  readonly devices: Readonly<Record<string, string>>;
  readonly leftOut: readonly string[];
};

/** A moment's pictures are in the folder. */
export type StillEvent = {
  readonly event: 'still';
  /** Number of the frame in the file. */
  readonly frame: number;
  readonly seconds: number;
  /** Paths of the pictures. */
  readonly before: string;
  readonly after: string;
  /**
   * True for a first look at a single frame: the still takes its place when it is done. Where moments are still to be found,
   * it shows one in the middle of the file, and is taken away when that is not among them.
   */
  readonly isDraft: boolean;
  /** Why this moment, when it was chosen automatically. */
  readonly reason: string | undefined;
};

export type PreviewFinishedEvent = {
  readonly event: 'finished';
  /** The folder. */
  readonly output: string;
  /** Path of the page. */
  readonly page: string;
  readonly stills: number;
  /** Frames that were swapped for it. */
  readonly frames: number;
  readonly framesSwapped: number;
  readonly seconds: number;
  /** Seconds until the first still was on disk. */
  readonly firstStillSeconds: number | undefined;
  /** What the whole file may take: shortest and longest guess in seconds. */
  readonly wholeFileSeconds: readonly [number, number] | undefined;
  /** Mean milliseconds a frame that each stage was at work. */
  readonly stageMilliseconds: Readonly<Record<string, number>>;
};
