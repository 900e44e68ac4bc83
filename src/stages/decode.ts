import { Writable } from 'node:stream';
import { Observable } from 'rxjs';
import { InputError } from '../core/errors.ts';
import { Frame, type FramePool, type VideoFormat } from '../core/frame.ts';
import { Item } from '../core/item.ts';
import type { FrameTimes } from '../core/media.ts';
import { decodeArguments, type DecodePlan } from '../media/decode-arguments.ts';
import { startFfmpeg, type FfmpegEnd } from '../media/ffmpeg-process.ts';
import type { FoundFfmpeg } from '../media/find.ts';
import { NutReader, type NutFrame } from '../media/nut-reader.ts';
import { sceneCutDetector } from '../ops/scene/scene-cut.ts';
import type { StageContext } from './define-stage.ts';

export type DecodeOptions = {
  readonly ffmpeg: FoundFfmpeg;
  readonly plan: DecodePlan;
  readonly video: VideoFormat;
  readonly times: FrameTimes;
  readonly pool: FramePool;
  /** First and last frame that come out, by number in the file. Earlier ones are only looked at for scene cuts. */
  readonly first: number;
  readonly last: number;
  /**
   * Frames that are flagged as the start of a scene: those where a cut is found; the first that comes out as well,
   * so that nothing before it counts; or every one.
   */
  readonly sceneStarts?: 'found' | 'first' | 'every';
  /** Called once at the end with the number of frames from first to last that did not come. */
  readonly onLost: (frames: number) => void;
};

/** Frames the decoder holds: the one it is filling. */
export const decodeHolds = 1;

/**
 * Frames of a file as ffmpeg decodes them, with the timestamps they have in the file. The pipe is read only
 * while there is a free buffer, so a slow consumer makes ffmpeg wait. Every frame emitted is the subscriber's.
 *
 * @throws {InputError} through the stream, when nothing can be decoded or the decoder is killed
 */
export function decode(options: DecodeOptions): (context: StageContext) => Observable<Item<never>> {
  const { plan, video, pool } = options;
  return (context) =>
    new Observable<Item<never>>((subscriber) => {
      const stop = new AbortController();
      const reader = new NutReader();
      const isCut = sceneCutDetector(video.layout);
      const indexOf = frameCounter(options);
      let buffer: Uint8Array<SharedArrayBuffer> | undefined;
      let count = 0;
      let lastPts = -Infinity;
      let failure: unknown;
      let wantedAt = 0;

      const onFrame = ({ pts: nutPts }: NutFrame): void => {
        const data = buffer!;
        buffer = undefined;
        if (stop.signal.aborted) {
          pool.give(data);
          return;
        }
        context.timings.add('decode', performance.now() - wantedAt);
        const pts = fromNut(nutPts, reader, plan);
        const index = indexOf(pts);
        const isSceneStart =
          (isCut(data) && index > 0) ||
          options.sceneStarts === 'every' ||
          (options.sceneStarts === 'first' && count === 0);
        // Two pictures for one time (damaged files): no player shows both, no container holds both.
        if (index < options.first || index > options.last || pts <= lastPts) {
          pool.give(data);
          return;
        }
        lastPts = pts;
        count += 1;
        subscriber.next(
          new Item<never>(new Frame({ index, pts, isSceneStart, format: video, data, pool }), []),
        );
      };
      const fail = (error: unknown, callback: (error: Error) => void): void => {
        if (!stop.signal.aborted) failure ??= error;
        stop.abort();
        callback(error instanceof Error ? error : new Error(String(error)));
      };
      // Waits only where a frame begins; the pieces of a frame go through without a turn of the event loop each.
      const take = (chunk: Buffer, from: number, callback: (error?: Error) => void): void => {
        let at = from;
        try {
          at += reader.feed(chunk, at, onFrame);
          const { wanted } = reader;
          if (!wanted || stop.signal.aborted) {
            callback();
            return;
          }
          if (wanted.bytes !== video.layout.bytes) throw sizeChanged(plan.path);
        } catch (error) {
          fail(error, callback);
          return;
        }
        pool.acquire(stop.signal).then(
          (given) => {
            buffer = given;
            wantedAt = performance.now();
            reader.fill(given);
            take(chunk, at, callback);
          },
          (error: unknown) => {
            fail(error, callback);
          },
        );
      };
      const sink = new Writable({
        // fluent-ffmpeg kills ffmpeg 20 ms after an output stream has closed, ended or not.
        emitClose: false,
        autoDestroy: false,
        // Room for some reads of the pipe, so that it is not stopped and started again for each.
        highWaterMark: 1 << 20,
        write: (chunk: Buffer, _encoding, callback) => {
          take(chunk, 0, callback);
        },
      });
      // Every error of the sink is ours and is told by `finish`.
      sink.on('error', () => undefined);
      const isSunk = new Promise<void>((resolve) =>
        sink.once('finish', resolve).once('error', () => resolve()),
      );

      const giveBack = (): void => {
        if (buffer) pool.give(buffer);
        buffer = undefined;
      };
      const finish = (end: FfmpegEnd): void => {
        giveBack();
        if (subscriber.closed) return;
        const error = failure ?? endError(end, count, plan.path);
        if (error !== undefined) {
          subscriber.error(error);
          return;
        }
        if (!end.isOk) {
          context.tell({
            event: 'warning',
            code: 'DECODE_INCOMPLETE',
            message: `${plan.path} could not be decoded to its end.`,
            hint: end.lastLines.split('\n').at(-1) ?? '',
          });
        }
        options.onLost(Math.max(0, options.last - options.first + 1 - count));
        subscriber.complete();
      };

      const { input, outputOptions } = decodeArguments(plan, options.ffmpeg.hasFpsMode);
      const opened = startFfmpeg({
        ffmpeg: options.ffmpeg,
        inputs: [input],
        output: { options: outputOptions, target: sink },
      });
      context.scope.defer('decode: ffmpeg', async () => {
        stop.abort();
        await opened.then((running) => running.kill()).catch(() => undefined);
        giveBack();
      });
      opened.then(
        async (running) => {
          if (stop.signal.aborted) return;
          const end = await running.ended;
          // ffmpeg may be gone before all that it wrote is read.
          await isSunk;
          finish(end);
        },
        (error: unknown) => {
          subscriber.error(error);
        },
      );
      return () => {
        stop.abort();
        void opened.then((running) => running.kill()).catch(() => undefined);
      };
    });
}

/** NUT may use a finer unit than the file; the way back is exact. */
function fromNut(pts: number, { timeBase }: NutReader, plan: DecodePlan): number {
  if (!timeBase) throw new Error('NUT without a time base.');
  const ticks = (pts * timeBase.num * plan.timeBase.den) / (timeBase.den * plan.timeBase.num);
  return Math.round(ticks) - plan.ptsShift;
}

/** Number of the frame with a given time: its place among the times in the file, or else the next one. */
function frameCounter({ times, first }: DecodeOptions): (pts: number) => number {
  let next = first;
  return (pts) => {
    let [low, high] = [0, times.pts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times.pts[middle]! < pts) low = middle + 1;
      else high = middle;
    }
    const index = times.isExact && times.pts[low] === pts ? low : next;
    next = index + 1;
    return index;
  };
}

function endError(end: FfmpegEnd, count: number, path: string): InputError | undefined {
  if (end.killedBy !== undefined) {
    return new InputError(`The decoder of ${path} was killed (${end.killedBy}).`, {
      code: 'DECODER_KILLED',
      hint: 'Check that the machine has memory left, and run it again.',
      cause: new Error(end.lastLines),
    });
  }
  if (count > 0) return undefined;
  return new InputError(`No frame of ${path} can be decoded.`, {
    code: 'INPUT_UNREADABLE',
    hint: end.lastLines === '' ? 'Check the file with `facet inspect`.' : `ffmpeg says: ${end.lastLines}`,
    cause: new Error(end.lastLines),
  });
}

function sizeChanged(path: string): InputError {
  return new InputError(`The picture size of ${path} changes on the way.`, {
    code: 'INPUT_SIZE_CHANGES',
    hint: 'Cut the file where the size changes (`--range`), or convert it to one size first.',
  });
}
