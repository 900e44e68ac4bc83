import { lastValueFrom, tap } from 'rxjs';
import type { Tell } from '../core/events.ts';
import type { OpenRole } from '../nets/opened.ts';
import { anchorsFromPoints, ffhqFrame } from '../ops/geometry/ffhq-quad.ts';
import { inScope } from '../stages/in-scope.ts';
import { StageTimings } from '../stages/timings.ts';
import { findFaces } from './find-faces.ts';
import { planRead } from './plan-video.ts';
import { planScan, scanFrames } from './scan-frames.ts';

/** Frames that are looked at. */
const looks = 8;

export type LargestFaceOptions = {
  readonly open: OpenRole;
  readonly tell?: Tell | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
};

/**
 * Side in frame pixels of the largest aligned crop (the FFHQ square) that some frames, spread evenly over the whole
 * file, show: the same for a preview of a part as for the whole run. Undefined when they show no face.
 *
 * @throws {InputError} when the file cannot be read
 */
export async function largestCropSide(
  target: string,
  { open, tell = () => undefined, signal, env }: LargestFaceOptions,
): Promise<number | undefined> {
  const read = await planRead(target, {}, { env, signal });
  let largest: number | undefined;
  const look = inScope(
    (scope) =>
      scanFrames(read, planScan(read.times, looks), findFaces({ open, isPrompt: true, isQuick: true }), {
        scope,
        tell,
        timings: new StageTimings(),
      }).pipe(
        tap((item) => {
          for (const { shape } of item.faces) {
            const { x, y } = ffhqFrame(anchorsFromPoints(shape.points));
            const side = 2 * Math.hypot(x, y);
            if (Number.isFinite(side)) largest = Math.max(largest ?? 0, side);
          }
          item.release();
        }),
      ),
    signal,
  );
  await lastValueFrom(look, { defaultValue: undefined });
  return largest;
}
