import type { Observable } from 'rxjs';
import type { WatchEvent } from '../core/watch-events.ts';
import { swapKind } from './watch/swap-kind.ts';
import type { WatchOptions } from './watch/settings.ts';
import { watchFolder, type WatchSurroundings } from './watch/watch-folder.ts';

/**
 * Watches a folder and puts the face of a photo into every video that comes: `facet watch` as a stream of events.
 * Work begins on subscription and goes on until it is stopped; `stop` ends it well, `signal` at once. What is not
 * done then is done by the next watch on the same output folder, whatever has happened in between.
 *
 * @throws (as the stream's error) {UsageError} also when another process watches the inbox, {InputError}, {ModelError},
 *   {OutputError} before it has begun, or the signal's reason. What goes wrong later is told by events
 */
export function watch({
  signal,
  stop,
  reload,
  env = process.env,
  ...options
}: WatchOptions & WatchSurroundings): Observable<WatchEvent> {
  return watchFolder(options, swapKind, { signal, stop, reload, env });
}
