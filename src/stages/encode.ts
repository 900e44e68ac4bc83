import { rename, rm } from 'node:fs/promises';
import { OutputError } from '../core/errors.ts';
import type { VideoFormat } from '../core/frame.ts';
import type { Item, Owned } from '../core/item.ts';
import type { DisplayMatrix } from '../core/media.ts';
import type { Rational } from '../core/rational.ts';
import { finishMp4 } from '../media/finish-mp4.ts';
import { encodeArguments, timescale, type EncodePlan } from '../media/encode-arguments.ts';
import { startFfmpeg, type FfmpegEnd, type FfmpegProcess } from '../media/ffmpeg-process.ts';
import type { FoundFfmpeg } from '../media/find.ts';
import { appendXmp } from '../media/mark.ts';
import { nutFrameHeader, nutHeader } from '../media/nut-writer.ts';
import { fileUrl } from '../media/run-probe.ts';
import { defineStage, type Stage } from './define-stage.ts';

/** A frame that ffmpeg has taken. */
export type WrittenFrame = Owned & { readonly index: number };

export type EncodeOptions = {
  readonly ffmpeg: FoundFfmpeg;
  readonly plan: EncodePlan;
  readonly video: VideoFormat;
  readonly sampleAspect: Rational | undefined;
  /** Ticks taken off every frame's time before it is written. */
  readonly zeroPts: number;
  /** Written as it is into the finished file. */
  readonly displayMatrix: DisplayMatrix | undefined;
  /** How long a frame of the original is shown, by its number; in ticks. */
  readonly ticksOf: (index: number) => number;
  readonly temporaryPath: string;
  readonly outputPath: string;
};

/**
 * Writes frames to ffmpeg, which encodes them and joins them with the sound and all else of the original. A
 * frame is released when ffmpeg has taken it. At the end of the stream the file gets its final name; when the
 * stream stops early nothing is left.
 */
export function encode(options: EncodeOptions): Stage<Item<unknown>, WrittenFrame> {
  const { plan, video, outputPath, temporaryPath } = options;
  return defineStage({
    name: 'encode',
    concurrency: 1,
    lookahead: 0,
    async open({ scope }) {
      scope.defer('encode: unfinished file', () => rm(temporaryPath, { force: true }));
      const starting = startEncoder(options);
      // Registered before it runs: the scope may close meanwhile.
      scope.defer('encode: ffmpeg', () => starting.then((started) => started.kill()).catch(() => undefined));
      const running = await starting;
      await write(running, [
        nutHeader({
          layout: video.layout,
          timeBase: plan.timeBase,
          rate: plan.rate,
          sampleAspect: options.sampleAspect,
        }),
      ]).catch(() => undefined);
      let [written, firstPts, lastPts, lastIndex] = [0, 0, 0, 0];
      return {
        async process(item) {
          const { frame } = item;
          const header = nutFrameHeader(frame.pts - options.zeroPts + plan.ptsShift, video.layout.bytes);
          try {
            await write(running, [header, frame.data]);
          } catch (cause) {
            throw outputError(await running.ended, outputPath, cause);
          }
          if (written === 0) firstPts = frame.pts;
          [lastPts, lastIndex] = [frame.pts, frame.index];
          written += 1;
          item.release();
          return [{ index: frame.index, release: () => undefined }];
        },
        async flush() {
          // No frame, no file: ffmpeg would call the empty stream damaged.
          if (written === 0) {
            await running.kill();
            return [];
          }
          running.stdin.end();
          const end = await running.ended;
          if (!end.isOk || fatalLine(end.lastLines) !== undefined) throw outputError(end, outputPath);
          if (plan.container.hasDisplayMatrix) {
            const { num } = plan.timeBase;
            await finishMp4(temporaryPath, {
              displayMatrix: options.displayMatrix,
              duration: {
                total: (lastPts + options.ticksOf(lastIndex) - firstPts) * num,
                last: options.ticksOf(lastIndex) * num,
                timescale: timescale(plan.timeBase),
              },
            });
          }
          const { muxer } = plan.container;
          if (plan.mark && (muxer === 'mp4' || muxer === 'mov'))
            await appendXmp(temporaryPath, plan.mark.xmp);
          await rename(temporaryPath, outputPath).catch((cause: unknown) => {
            throw new OutputError(`${outputPath} cannot be put in its place.`, {
              code: 'OUTPUT_NOT_WRITABLE',
              hint: 'Check that nothing else holds it open.',
              cause,
            });
          });
          return [];
        },
        drop() {
          // What is being written need not be waited for: it fails as ffmpeg goes.
          void running.kill();
        },
      };
    },
  });
}

function startEncoder({ ffmpeg, plan, temporaryPath }: EncodeOptions): Promise<FfmpegProcess> {
  const { inputs, outputOptions } = encodeArguments(plan, {
    hasFpsMode: ffmpeg.hasFpsMode,
    hasSetparams: ffmpeg.hasFpsMode,
  });
  return startFfmpeg({
    ffmpeg,
    inputs,
    output: { options: outputOptions, target: fileUrl(temporaryPath) },
  });
}

/** Resolves when ffmpeg has taken all parts; rejects when it is gone. */
function write({ stdin }: FfmpegProcess, parts: readonly Uint8Array[]): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stdin.destroyed || stdin.writableEnded) {
      reject(new Error('ffmpeg takes no more.'));
      return;
    }
    stdin.cork();
    parts.forEach((part, i) => {
      const done =
        i < parts.length - 1
          ? undefined
          : (error?: Error | null): void => {
              if (error) reject(error);
              else resolve();
            };
      stdin.write(part, done);
    });
    stdin.uncork();
  });
}

/** Lines of ffmpeg that mean the file is not whole, even when its exit code is 0. */
function fatalLine(lines: string): string | undefined {
  return lines
    .split('\n')
    .find((line) => /No space left on device|Error writing trailer|av_interleaved_write_frame/.test(line));
}

function outputError(end: FfmpegEnd, path: string, cause?: unknown): OutputError {
  const said = new Error(`ffmpeg said:\n${end.lastLines}`, { cause });
  if (end.killedBy !== undefined) {
    return new OutputError(`The encoder of ${path} was killed (${end.killedBy}).`, {
      code: 'ENCODER_KILLED',
      hint: 'Check that the machine has memory left, and run it again.',
      cause: said,
    });
  }
  if (/No space left on device/.test(end.lastLines)) {
    return new OutputError(`The disk is full: ${path} cannot be written.`, {
      code: 'OUTPUT_DISK_FULL',
      hint: 'Free some space or choose another place with --output.',
      cause: said,
    });
  }
  if (/Permission denied|Read-only file system|Operation not permitted/.test(end.lastLines)) {
    return new OutputError(`${path} cannot be written.`, {
      code: 'OUTPUT_NOT_WRITABLE',
      hint: 'Check the permissions of its folder or choose another place with --output.',
      cause: said,
    });
  }
  return new OutputError(`ffmpeg could not encode ${path}.`, {
    code: 'ENCODER_FAILED',
    hint: `It says: ${end.lastLines.split('\n').at(-1) ?? 'nothing'}`,
    cause: said,
  });
}
