import { lastValueFrom, tap } from 'rxjs';
import type { TrackedFace } from '../core/faces.ts';
import type { Frame } from '../core/frame.ts';
import type { Box } from '../core/geometry.ts';
import type { Item } from '../core/item.ts';
import type { Env } from '../media/find.ts';
import { probeMedia } from '../media/probe.ts';
import type { Thumbnail } from '../media/write-sheet.ts';
import type { OpenRole } from '../nets/opened.ts';
import { warpPlanes } from '../ops/image/warp-planes.ts';
import { FaceReport, type FoundPerson } from './face-report.ts';
import { bridgeFramesAt, findFaces } from './find-faces.ts';
import { readVideo } from './run-video.ts';

export type InspectFacesRequest = {
  readonly target: string;
  readonly open: OpenRole;
  readonly every?: number | undefined;
  /** Pictures kept of each person; 0 = none. */
  readonly pictures?: number | undefined;
  readonly env?: Env | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Side of the pictures. */
export const thumbnailSize = 112;

/** Who is in a file: every person's frames, sizes and poses, with some pictures. */
export async function inspectFaces({
  target,
  open,
  every,
  pictures = 0,
  env = process.env,
  signal,
}: InspectFacesRequest): Promise<readonly FoundPerson<Thumbnail>[]> {
  const report = new FaceReport<Thumbnail>(pictures);
  // As a swap does it: the same persons have the same ids.
  const { video } = await probeMedia(target, { env, signal });
  const bridgeFrames = bridgeFramesAt(video.averageRate ?? video.nominalRate);
  let zero: number | undefined;
  const look = ({ frame, faces }: Item<TrackedFace>): void => {
    const { num, den } = frame.format.timeBase;
    zero ??= frame.pts;
    const seconds = ((frame.pts - zero) * num) / den;
    for (const face of faces)
      report.add(face, { index: frame.index, seconds }, () => thumbnail(frame, face.box));
  };
  await lastValueFrom(
    readVideo({ target, work: findFaces({ open, every, bridgeFrames }), env, signal }).pipe(
      tap((item) => {
        look(item as Item<TrackedFace>);
        item.release();
      }),
    ),
    { defaultValue: undefined },
  );
  return report.persons();
}

/** A square around a face. Shapes: -> [S,S,3] RGB. */
function thumbnail({ data, format }: Frame, { x, y, w, h }: Box): Thumbnail {
  const size = thumbnailSize;
  const scale = (1.5 * Math.max(w, h)) / size;
  const left = x + w / 2 - (scale * size) / 2;
  const top = y + h / 2 - (scale * size) / 2;
  const rgb = warpPlanes(
    { data, layout: format.layout, color: format.color },
    Float64Array.of(scale, 0, left, 0, scale, top, 0, 0, 1),
    size,
    size,
  );
  const area = size * size;
  // Rounded and clamped by the array.
  return new Uint8Array(
    Uint8ClampedArray.from({ length: 3 * area }, (_, i) => 255 * rgb[(i % 3) * area + Math.floor(i / 3)]!)
      .buffer,
  );
}
