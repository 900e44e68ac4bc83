import { lastValueFrom, toArray } from 'rxjs';
import type { FinishedEvent, RunEvent } from '../../src/core/events.ts';
import { passthrough, runVideo } from '../../src/pipeline/run-video.ts';
import type { EncodeSettings, VideoRequest } from '../../src/pipeline/video-run.ts';

/** Encoding as chosen by the container and the source, at the fastest preset. */
export const plainEncode: EncodeSettings = {
  codec: undefined,
  crf: undefined,
  preset: undefined,
  pixelFormat: undefined,
  audio: 'copy',
};

/** Runs a file through the stream with nothing in between; resolves with what it told. */
export async function pass(
  target: string,
  output: string,
  request: Partial<Omit<VideoRequest, 'encode'>> & { encode?: Partial<EncodeSettings> } = {},
): Promise<{ events: RunEvent[]; finished: FinishedEvent }> {
  const events = await lastValueFrom(
    runVideo({
      target,
      output,
      overwrite: true,
      work: passthrough,
      ...request,
      encode: { ...plainEncode, ...request.encode },
    }).pipe(toArray()),
  );
  const finished = events.find((event) => event.event === 'finished');
  if (!finished) throw new Error('The run did not finish.');
  return { events, finished };
}
