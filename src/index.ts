export {
  DeviceError,
  FacetError,
  InputError,
  InterruptedError,
  ModelError,
  NoFaceError,
  OutputError,
  UsageError,
} from './core/errors.ts';
export type {
  FinishedEvent,
  NoticeEvent,
  ProgressEvent,
  RunEvent,
  StartedEvent,
  TrackSummary,
  WarningEvent,
} from './core/events.ts';
export type {
  PreviewEvent,
  PreviewFinishedEvent,
  PreviewStartedEvent,
  StillEvent,
} from './core/preview-events.ts';
export type { MediaInfo } from './core/media.ts';
export type { Range } from './core/range.ts';
export type { WatchEvent, WatchProblem } from './core/watch-events.ts';
export { inspect, type Inspection, type InspectRequest } from './pipeline/inspect.ts';
export { preview, type PreviewOptions } from './pipeline/preview.ts';
export { swap, type SwapOptions } from './pipeline/swap.ts';
export { watch } from './pipeline/watch.ts';
export type { WatchOptions } from './pipeline/watch/settings.ts';
export type { WatchSurroundings } from './pipeline/watch/watch-folder.ts';
