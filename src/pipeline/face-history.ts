import { lastValueFrom, tap } from 'rxjs';
import type { NoticeEvent, Tell } from '../core/events.ts';
import type { Item } from '../core/item.ts';
import type { OpenRole } from '../nets/opened.ts';
import type { TrackerState } from '../ops/track/tracker.ts';
import type { TrackHistory } from '../stages/track.ts';
import { findFaces } from './find-faces.ts';
import { readVideo } from './run-video.ts';

export type FaceHistoryOptions = {
  readonly target: string;
  readonly open: OpenRole;
  readonly every?: number | undefined;
  readonly bridgeFrames?: number | undefined;
  readonly tell?: Tell | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
};

/** From so many frames on, somebody who waits is told why. */
const longFrames = 250;

/**
 * Follows the faces of a file from its first frame to where a range begins, so that faces have the same ids in the
 * range as in the whole file (docs/decisions/face-ids.md). What was found is kept for as long as the function is:
 * a later range goes on from the nearest earlier one.
 */
export function faceHistory(options: FaceHistoryOptions): TrackHistory {
  const { target, open, every, bridgeFrames, signal, env = process.env } = options;
  const known = new Map<number, TrackerState>();
  let last: Promise<unknown> = Promise.resolve();
  const follow = async (firstIndex: number): Promise<TrackerState | undefined> => {
    const nearest = Math.max(0, ...[...known.keys()].filter((index) => index <= firstIndex));
    const before = known.get(nearest);
    if (nearest < firstIndex) {
      if (firstIndex - nearest >= longFrames) options.tell?.(notice(firstIndex - nearest));
      let state: TrackerState | undefined;
      const work = findFaces({
        open,
        every,
        bridgeFrames,
        history: () => Promise.resolve(before && structuredClone(before)),
        onEnd: (ended) => {
          state = ended;
        },
      });
      const range = { kind: 'frames', first: nearest, last: firstIndex - 1 } as const;
      const release = tap((item: Item<unknown>) => {
        item.release();
      });
      await lastValueFrom(readVideo({ target, range, work, signal, env }).pipe(release), {
        defaultValue: undefined,
      });
      if (state) known.set(firstIndex, state);
    }
    const found = known.get(firstIndex);
    return found && structuredClone(found);
  };
  return (firstIndex) => {
    const mine = last.then(() => follow(firstIndex));
    last = mine.catch(() => undefined);
    return mine;
  };
}

function notice(frames: number): NoticeEvent {
  return {
    event: 'notice',
    code: 'FOLLOWING_FACES',
    message: `Faces are followed through the ${frames} frames before the range, so that their numbers are those of the whole file.`,
  };
}
