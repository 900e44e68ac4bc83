import { lastValueFrom, tap } from 'rxjs';
import type { FrameRate, MediaInfo } from '../core/media.ts';
import { probeFrames } from '../media/frame-times.ts';
import type { Env } from '../media/find.ts';
import { passthrough, readVideo } from './run-video.ts';

export type InspectRequest = {
  readonly target: string;
  /** False: only the header and the packets are read, nothing is decoded. */
  readonly scenes: boolean;
  readonly env?: Env | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** What is in a file. */
export type Inspection = {
  readonly media: MediaInfo;
  /** Frames found by reading the packets, whatever the container declares. */
  readonly frameCount: number;
  /** Frames that the container lists and that are not in the file. */
  readonly framesMissing: number;
  /** Frames that did not decode; undefined when nothing was decoded. */
  readonly framesLost: number | undefined;
  /** Measured over all frames. */
  readonly rate: FrameRate;
  /** From the first frame's beginning to the last one's end. */
  readonly videoSeconds: number;
  /** First frames of new scenes; undefined when not looked for. */
  readonly sceneCuts: readonly { readonly frame: number; readonly seconds: number }[] | undefined;
};

/** Reads what is in a file: streams, times of all frames and, by decoding it, scene cuts. */
export async function inspect({ target, scenes, env, signal }: InspectRequest): Promise<Inspection> {
  const { media, times } = await probeFrames(target, { env, signal });
  const { num, den } = media.video.timeBase;
  const first = times.pts[0]!;
  const inspection = {
    media,
    frameCount: times.pts.length,
    framesMissing: times.missing,
    rate: times.rate,
    videoSeconds: ((times.pts.at(-1)! + times.lastTicks - first) * num) / den,
  };
  if (!scenes) return { ...inspection, framesLost: undefined, sceneCuts: undefined };
  const sceneCuts: { frame: number; seconds: number }[] = [];
  let decoded = 0;
  await lastValueFrom(
    readVideo({ target, work: passthrough, env: env ?? process.env, signal }).pipe(
      tap(({ frame }) => {
        decoded += 1;
        if (!frame.isSceneStart) return;
        sceneCuts.push({ frame: frame.index, seconds: ((frame.pts - first) * num) / den });
      }),
      tap((item) => {
        item.release();
      }),
    ),
    { defaultValue: undefined },
  );
  return { ...inspection, framesLost: times.pts.length - decoded, sceneCuts };
}
