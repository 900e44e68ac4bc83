import type { Observable } from 'rxjs';
import { defer } from 'rxjs';
import type { RunEvent } from '../core/events.ts';
import { resolveOptions } from '../core/options/define.ts';
import { swapRunOptions } from '../core/options/swap-run.ts';
import type { RegionName } from '../core/regions.ts';
import { openTools } from './open-tools.ts';
import { runSwap } from './run-swap.ts';

type Regions = string | readonly (RegionName | 'face' | 'all')[];
type Amount = number | string | Readonly<Partial<Record<RegionName | 'face' | 'all', number>>>;
type Faces = 'largest' | 'all' | `like:${string}` | number | readonly number[] | (string & {});

/** What `swap` takes: the options of `facet swap`, by the names that a config file uses. See docs/options.md. */
export type SwapOptions = {
  /** Photos of the person to put in; left out only with `map`. */
  readonly source?: string | readonly string[];
  readonly target: string;
  /** Its extension says the container: mp4, m4v, mov, mkv or webm. */
  readonly output: string;
  /** Regions that take the source's texture; default `face`. */
  readonly regions?: Regions;
  /** How far texture goes from target (0) to source (1), for all or by region; default 1. */
  readonly amount?: Amount;
  /** Whose face shape is generated: `source` (1, default), `target` (0), or between. */
  readonly shape?: 'source' | 'target' | number;
  /** Which faces of the target; default `largest`. */
  readonly faces?: Faces;
  /** Several sources onto several faces, in place of `source` and `faces`. */
  readonly map?: readonly {
    readonly source: string | readonly string[];
    readonly faces: Faces;
    readonly amount?: Amount;
    readonly regions?: Regions;
    readonly shape?: 'source' | 'target' | number;
  }[];
  /** Which face of the source photo, from the left, counted from 0; the largest when left out. */
  readonly sourceFace?: number;
  /** Times `START-END`; excludes `frames`. */
  readonly range?: string;
  /** Frame numbers `A-B`, both included; excludes `range`. */
  readonly frames?: string;
  readonly smooth?: 'off' | 'low' | 'medium' | 'high';
  readonly light?: 'match' | 'off';
  /** `mini` (default), `e4s`, or the path of a manifest. */
  readonly profile?: string;
  /** Side of the generated face in pixels; default `auto`. */
  readonly resolution?: 'auto' | '256' | '512' | '1024';
  readonly device?: 'auto' | 'cpu' | 'webgpu' | 'cuda' | 'tensorrt' | 'coreml' | 'dml';
  /** The detector looks at every so many frames; default 5. */
  readonly detectEvery?: number;
  /** Fail when the target shows no face to swap; default false: it is copied. */
  readonly requireFace?: boolean;
  /** Draw a visible mark into the corner; default false. */
  readonly label?: boolean;
  readonly codec?: 'h264' | 'h265' | 'vp9' | 'av1' | 'ffv1';
  readonly crf?: number;
  readonly preset?: string;
  readonly pixelFormat?: string;
  readonly audio?: 'copy' | 'none';
  /** Replace the output if it is there; default false. */
  readonly overwrite?: boolean;
  /** Ends the run with its reason, after everything is closed. */
  readonly signal?: AbortSignal;
  /** Environment for FFMPEG_PATH, FFPROBE_PATH and FACET_HOME; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/**
 * Puts the face of a photo into a video. Work begins on subscription; unsubscribing stops it and leaves nothing behind.
 *
 * @throws (as the stream's error) {UsageError}, {InputError}, {NoFaceError}, {ModelError}, {DeviceError}, {OutputError},
 *   or the signal's reason
 */
export function swap({ signal, env, ...given }: SwapOptions): Observable<RunEvent> {
  return defer(() => runSwap(resolveOptions(swapRunOptions, given), openTools, { signal, env }));
}
