import { Observable } from 'rxjs';
import { InputError } from '../core/errors.ts';
import { Frame, type FramePool, type VideoFormat } from '../core/frame.ts';
import { Item } from '../core/item.ts';
import type { FrameTimes } from '../core/media.ts';
import { decodeArguments, type DecodePlan } from '../media/decode-arguments.ts';
import { startFfmpeg, type FfmpegEnd } from '../media/ffmpeg-process.ts';
import type { FoundFfmpeg } from '../media/find.ts';
import { NutReader, type NutFrame } from '../media/nut-reader.ts';
import type { ByteTaker } from '../media/output-reader.ts';
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

/** Bytes read at once where a frame may begin: a frame's header has some dozens. */
const headBytes = 4096;

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
      const fail = (error: unknown): void => {
        if (!stop.signal.aborted) failure ??= error;
        void stopNow();
      };
      const fill = (given: Uint8Array<SharedArrayBuffer>): void => {
        buffer = given;
        wantedAt = performance.now();
        reader.fill(given);
      };
      // Bytes between frames, and the first ones of a frame: what comes then goes straight into its buffer.
      const head = Buffer.alloc(headBytes);
      /** Reads `head`; returns false where a frame begins for which no buffer is free yet, and then goes on by itself. */
      const readHead = (from: number, to: number): boolean => {
        let at = from;
        for (;;) {
          at += reader.feed(head.subarray(0, to), at, onFrame);
          const { wanted } = reader;
          if (!wanted) return true;
          if (wanted.bytes !== video.layout.bytes) throw sizeChanged(plan.path);
          const given = pool.acquireNow();
          if (given) fill(given);
          else break;
        }
        const goOn = async (): Promise<void> => {
          fill(await pool.acquire(stop.signal));
          if (readHead(at, to)) (await opened).reading?.resume();
        };
        goOn().catch(fail);
        return false;
      };
      let room: Uint8Array = head;
      const taker: ByteTaker = {
        room: () => (room = reader.room ?? head),
        take: (count) => {
          if (stop.signal.aborted) return false;
          try {
            // A room is given before a pause, and filled after it: by then the reader may want its bytes elsewhere.
            if (room === head) return readHead(0, count);
            reader.took(count, onFrame);
            return true;
          } catch (error) {
            fail(error);
            return false;
          }
        },
      };

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
        output: { options: outputOptions, target: taker },
      });
      const stopNow = async (): Promise<void> => {
        stop.abort();
        await opened
          .then((running) => {
            running.reading?.stop();
            return running.kill();
          })
          .catch(() => undefined);
      };
      context.scope.defer('decode: ffmpeg', async () => {
        await stopNow();
        giveBack();
      });
      opened.then(
        async (running) => {
          const end = await running.ended;
          if (stop.signal.aborted && failure === undefined) return;
          // ffmpeg may be gone before all that it wrote is read.
          await running.reading?.ended;
          finish(end);
        },
        (error: unknown) => {
          subscriber.error(error);
        },
      );
      return () => {
        void stopNow();
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
  // Without exact times nothing is skipped on the way to the first frame: decoding begins with the file.
  let next = times.isExact ? first : 0;
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
