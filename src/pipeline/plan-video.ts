import { randomBytes } from 'node:crypto';
import { access, constants, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { OutputError, UsageError } from '../core/errors.ts';
import { frameLayout, pixelFormats, type PixelFormat, type VideoFormat } from '../core/frame.ts';
import type { FrameTimes, MediaInfo, VideoStreamInfo } from '../core/media.ts';
import { carryStreams } from '../media/carry-streams.ts';
import { containerOf, type Container, type VideoCodec } from '../media/containers.ts';
import type { DecodePlan } from '../media/decode-arguments.ts';
import type { EncodePlan } from '../media/encode-arguments.ts';
import { findFfmpeg, type Env, type FoundFfmpeg } from '../media/find.ts';
import { probeFrames } from '../media/frame-times.ts';
import { turnFilters } from '../media/turn-filters.ts';
import { chooseEncoder, type ChosenEncoder } from '../media/video-encoders.ts';
import { sceneCutMemory } from '../ops/scene/scene-cut.ts';
import { endPtsOf, frameSpan, type FrameSpan } from './frame-range.ts';
import type { Range } from '../core/range.ts';
import type { EncodeSettings, VideoRequest } from './video-run.ts';

/** What reading a video will do. */
export type ReadPlan = {
  readonly ffmpeg: FoundFfmpeg;
  readonly media: MediaInfo;
  readonly times: FrameTimes;
  readonly video: VideoFormat;
  /** Frames that come out of decoding, with the pre-roll. */
  readonly decoded: FrameSpan;
  /** Frames of the range itself. */
  readonly span: FrameSpan;
  readonly decode: DecodePlan;
  readonly changed: readonly string[];
};

/** What a run from file to file will do, and what it will leave out. */
export type VideoPlan = ReadPlan & {
  readonly encode: EncodePlan;
  readonly zeroPts: number;
  readonly outputPath: string;
  readonly temporaryPath: string;
  readonly leftOut: readonly string[];
};

type Asking = { readonly env?: Env | undefined; readonly signal?: AbortSignal | undefined };

/** Plans the reading of a file's frames. */
export async function planRead(
  target: string,
  { range, preRollFrames = 0 }: { readonly range?: Range | undefined; readonly preRollFrames?: number },
  asking: Asking,
): Promise<ReadPlan> {
  const [ffmpeg, { media, times }] = await Promise.all([findFfmpeg(asking.env), probeFrames(target, asking)]);
  const span = frameSpan(media, times, range);
  const decoded = { first: Math.max(0, span.first - preRollFrames), last: span.last };
  const { format, isConverted, note } = streamFormat(media.video);
  const { width, height, timeBase } = media.video;
  return {
    ffmpeg,
    media,
    times,
    video: { layout: frameLayout(format, width, height), color: colorFacts(media.video), timeBase },
    span,
    decoded,
    decode: decodePlan(media, times, decoded, isConverted ? format : undefined),
    changed: note === undefined ? [] : [note],
  };
}

/**
 * The same file, another part of it: nothing is probed again.
 *
 * @param memory frames before it that are decoded too, to know a scene cut
 */
export function narrowRead(plan: ReadPlan, decoded: FrameSpan, memory = sceneCutMemory): ReadPlan {
  const { media, times, video } = plan;
  const convertTo = plan.decode.convertTo === undefined ? undefined : video.layout.format;
  return { ...plan, span: decoded, decoded, decode: decodePlan(media, times, decoded, convertTo, memory) };
}

/** Plans a run from file to file. @throws {FacetError} when it cannot be done, before anything is written */
export async function planVideo(
  request: Pick<VideoRequest, 'target' | 'output' | 'overwrite' | 'range' | 'encode' | 'mark'>,
  asking: Asking,
): Promise<VideoPlan> {
  const container = containerOf(request.output);
  await checkOutput(request);
  const read = await planRead(request.target, request, asking);
  const { media, times, span } = read;
  const encoder = await planEncoder(read, container, request.encode);
  const carried = carryStreams(media, container, request.encode.audio);
  const changed = [...read.changed, ...carried.changed];
  const { timeBase } = media.video;
  const secondsOf = (pts: number): number => (pts * timeBase.num) / timeBase.den;
  const zeroPts = request.range
    ? times.pts[span.first]!
    : Math.round((Math.max(0, media.startSeconds ?? 0) * timeBase.den) / timeBase.num);
  const ptsShift = Math.max(0, zeroPts - times.pts[span.first]!);
  const isTurned = media.video.displayMatrix !== undefined && !container.hasDisplayMatrix;
  const isRounded = (pts: number): boolean => ((pts - zeroPts) * timeBase.num * 1000) % timeBase.den !== 0;
  if (!container.hasAnyTimeBase && times.pts.some(isRounded)) {
    changed.push(
      `Timestamps are rounded to milliseconds: a ${container.extension} file cannot hold 1/${timeBase.den} s.`,
    );
  }
  const outputPath = resolve(request.output);
  return {
    ...read,
    zeroPts,
    encode: {
      originalPath: media.path,
      container,
      encoder,
      carried,
      timeBase,
      rate: times.rate.mean,
      color: media.video.color,
      ptsShift,
      zeroSeconds: secondsOf(zeroPts),
      cut: request.range && {
        startSeconds: secondsOf(times.pts[span.first]!) - (media.startSeconds ?? 0),
        endSeconds: secondsOf(endPtsOf(times, span.last)) - (media.startSeconds ?? 0),
      },
      mark: request.mark,
      turn: isTurned ? turnFilters(media.video.displayMatrix) : [],
    },
    outputPath,
    temporaryPath: temporaryPathFor(outputPath),
    changed,
    leftOut: [...changed, ...carried.leftOut],
  };
}

/** A name beside the output that no other run uses; hidden, and plainly not a finished video. */
export function temporaryPathFor(outputPath: string): string {
  return join(dirname(outputPath), `.${basename(outputPath)}.${randomBytes(4).toString('hex')}.facet-part`);
}

/** Refuses outputs that cannot be written, before the work begins. */
async function checkOutput({
  target,
  output,
  overwrite,
}: Pick<VideoRequest, 'target' | 'output' | 'overwrite'>): Promise<void> {
  const [there, source] = await Promise.all([
    stat(output).catch(() => undefined),
    stat(target).catch(() => undefined),
  ]);
  if (there && source && there.dev === source.dev && there.ino === source.ino) {
    throw new UsageError(`The output ${output} is the target itself.`, {
      code: 'USAGE_OUTPUT_IS_TARGET',
      hint: 'Choose another name for the output.',
    });
  }
  if (there?.isDirectory()) {
    throw new OutputError(`The output ${output} is a directory.`, {
      code: 'OUTPUT_NOT_WRITABLE',
      hint: 'Name a file, for example with .mp4 at its end.',
    });
  }
  if (there && !overwrite) {
    throw new OutputError(`The output ${output} exists already.`, {
      code: 'OUTPUT_EXISTS',
      hint: 'Choose another name, or give -y to replace it.',
    });
  }
  const folder = dirname(resolve(output));
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is not a directory.`);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new OutputError(`The folder ${folder} cannot be written to.`, {
      code: 'OUTPUT_NOT_WRITABLE',
      hint: 'Create it, check its permissions, or choose another place.',
      cause,
    });
  }
}

async function planEncoder(
  { ffmpeg, media, times, video }: ReadPlan,
  container: Container,
  settings: EncodeSettings,
): Promise<ChosenEncoder> {
  const pixelFormat = settings.pixelFormat ?? video.layout.format;
  const codec = settings.codec ?? (await defaultCodec(container, pixelFormat));
  if (!container.videoCodecs.includes(codec)) {
    throw new UsageError(`A ${container.extension} file cannot hold ${codec}.`, {
      code: 'USAGE_CONFLICT',
      hint: `Use --codec ${container.videoCodecs.join(' or ')}, or another extension.`,
    });
  }
  const { width, height } = media.video;
  const { crf, preset } = settings;
  return chooseEncoder(ffmpeg, { codec, crf, preset, pixelFormat, width, height, rate: times.rate.mean });
}

/** h264 where it is at home; h265 for 10 bits, which more players show than 10-bit h264. */
function defaultCodec(container: Container, pixelFormat: string): Promise<VideoCodec> {
  const preferred: VideoCodec = pixelFormat.endsWith('10le') ? 'h265' : 'h264';
  return Promise.resolve(container.videoCodecs.includes(preferred) ? preferred : container.videoCodecs[0]!);
}

function decodePlan(
  media: MediaInfo,
  times: FrameTimes,
  decoded: FrameSpan,
  convertTo: PixelFormat | undefined,
  memory = sceneCutMemory,
): DecodePlan {
  const { pts, keyPts } = times;
  const { timeBase, index } = media.video;
  // The scene-cut detector looks back; frames before the first one wanted are decoded for it alone.
  const from = Math.max(0, decoded.first - memory);
  const isAll = from === 0 && decoded.last === pts.length - 1;
  const lowest = pts[0]!;
  let key: number | undefined;
  for (const at of keyPts) if (at <= pts[from]!) key = at;
  const secondsOf = (ticks: number): number => (ticks * timeBase.num) / timeBase.den;
  return {
    path: media.path,
    streamIndex: index,
    timeBase,
    convertTo,
    startPts: isAll || from === 0 || !times.isExact ? undefined : pts[from]!,
    endPts: isAll || !times.isExact ? undefined : endPtsOf(times, decoded.last),
    seekSeconds:
      from === 0 || !times.isExact || key === undefined || key <= lowest
        ? undefined
        : Math.max(0, secondsOf(key) - (media.startSeconds ?? 0)),
    ptsShift: Math.max(0, -lowest),
  };
}

/** The format in which frames flow: as decoded where it is one of ours, else the nearest one. */
function streamFormat(video: VideoStreamInfo): {
  readonly format: PixelFormat;
  readonly isConverted: boolean;
  readonly note?: string;
} {
  // yuvj is yuv with full range; the range is carried as a tag.
  const plain = video.pixelFormat.replace(/^yuvj/, 'yuv');
  const same = pixelFormats.find((format) => format === plain);
  if (same) return { format: same, isConverted: false };
  const name = video.pixelFormat;
  const isDeep = /1[0246](le|be)?$|p01[0-9]|p21[0-9]|p41[0-9]|v210|x2rgb10/.test(name);
  const chroma = /444|24|gbr|rgb|bgr|argb|rgba|440|p41/.test(name)
    ? 'yuv444p'
    : /422|16$|p21|yuyv|uyvy|y210/.test(name)
      ? 'yuv422p'
      : 'yuv420p';
  const format = `${chroma}${isDeep ? '10le' : ''}` as PixelFormat;
  const isLossless = /^(nv12|nv21|nv16|p010le|gray|yuyv422|uyvy422)$/.test(name);
  return {
    format,
    isConverted: true,
    ...(isLossless ? {} : { note: `The picture is converted from ${name} to ${format}.` }),
  };
}

/** Matrix and range for YUV ↔ RGB; where the stream is silent, the usual guess by size. */
export function colorFacts({ color, height, width }: VideoStreamInfo): VideoFormat['color'] {
  const range = color.range === 'pc' ? 'full' : 'limited';
  switch (color.matrix) {
    case 'bt709':
      return { matrix: 'bt709', range };
    case 'smpte170m':
    case 'bt470bg':
    case 'fcc':
      return { matrix: 'bt601', range };
    case 'bt2020nc':
    case 'bt2020c':
    case 'bt2020ncl':
      return { matrix: 'bt2020', range };
    default:
      return { matrix: width >= 1280 || height > 576 ? 'bt709' : 'bt601', range };
  }
}
