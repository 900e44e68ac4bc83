import { lastValueFrom, tap } from 'rxjs';
import type { TrackedFace } from '../../src/core/faces.ts';
import type { Item } from '../../src/core/item.ts';
import type { Range } from '../../src/core/range.ts';
import { findFaces, type FindFacesOptions } from '../../src/pipeline/find-faces.ts';
import { readVideo } from '../../src/pipeline/run-video.ts';

export type Seen = { readonly index: number; readonly faces: readonly TrackedFace[] };

/** Who is where in each frame of a clip, or of a range of it. */
export async function follow(target: string, options: FindFacesOptions, range?: Range): Promise<Seen[]> {
  const seen: Seen[] = [];
  await lastValueFrom(
    readVideo({ target, work: findFaces(options), ...(range ? { range } : {}) }).pipe(
      tap((item) => {
        seen.push({ index: item.frame.index, faces: (item as Item<TrackedFace>).faces });
        item.release();
      }),
    ),
    { defaultValue: undefined },
  );
  return seen;
}
