import { defer, type Observable } from 'rxjs';
import { resolveOptions } from '../core/options/define.ts';
import { previewOptions } from '../core/options/preview.ts';
import type { PreviewEvent } from '../core/preview-events.ts';
import { openTools } from './open-tools.ts';
import { runPreview } from './preview/run-preview.ts';
import type { SwapOptions } from './swap.ts';

/** What `preview` takes: the options of `facet preview`, by the names that a config file uses. See docs/options.md. */
export type PreviewOptions = Omit<
  SwapOptions,
  'output' | 'codec' | 'crf' | 'preset' | 'pixelFormat' | 'audio' | 'overwrite'
> & {
  /** Moments to see: seconds, or a text such as `0:12,1:02.5`; excludes `range`, `frames` and `auto`. */
  readonly at?: string | readonly (string | number)[];
  /** So many telling moments of the whole file; 6 when nothing else is asked for. */
  readonly auto?: number;
  /** Folder to write; default: a new one beside the target. */
  readonly outputDir?: string;
  /** Write into the folder when it is not empty; default false. */
  readonly overwrite?: boolean;
  /** Grids of variants of the first moment, e.g. `amount=0.3,0.6,1`. */
  readonly compare?: string | readonly string[];
};

/**
 * Shows how a swap will look: stills, a clip, label maps and a page in a folder, in seconds. Work begins on
 * subscription; unsubscribing stops it and removes what was written.
 *
 * @throws (as the stream's error) {UsageError}, {InputError}, {NoFaceError}, {ModelError}, {DeviceError}, {OutputError},
 *   or the signal's reason
 */
export function preview({ signal, env, ...given }: PreviewOptions): Observable<PreviewEvent> {
  return defer(() => runPreview(resolveOptions(previewOptions, given), openTools, { signal, env }));
}
