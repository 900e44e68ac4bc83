import { open } from 'node:fs/promises';
import { InputError } from '../core/errors.ts';
import type {
  AudioStreamInfo,
  ColorTags,
  DisplayMatrix,
  MediaInfo,
  StreamInfo,
  StreamKind,
  VideoStreamInfo,
} from '../core/media.ts';
import { parseRational, type Rational } from '../core/rational.ts';
import { rememberAnswers, type Asking } from './remember-answers.ts';
import { runFfprobe } from './run-probe.ts';

/** A run asks several times what its target is. */
const askOnce = rememberAnswers(8, askMedia);

/**
 * What a file holds, as far as its header tells; reads no frames.
 *
 * @throws {InputError} when it is not there, not readable, not media, or has no video stream
 */
export async function probeMedia(path: string, asking: Asking = {}): Promise<MediaInfo> {
  return { ...(await askOnce(path, asking)), path };
}

/** Keeps what somebody is about to learn in passing, so that nobody asks ffprobe for it again. */
export const rememberMedia = askOnce.offer;

/** What is asked of ffprobe to know all of `MediaInfo`. */
export const mediaQuestion = ['-show_streams', '-show_format', '-show_chapters'] as const;

/** Asks ffprobe, whatever is remembered. @throws {InputError} like `probeMedia` */
export async function askMedia(path: string, sizeBytes: number, asking: Asking): Promise<MediaInfo> {
  let json = '';
  const { errors } = await runFfprobe(
    path,
    [...mediaQuestion, '-of', 'json'],
    (text) => {
      json += text;
    },
    asking,
  );
  const media = mediaFromJson(path, sizeBytes, json);
  if (!media) {
    const isTruncated = /moov atom not found/.test(errors) && (await beginsLikeMp4(path));
    throw new InputError(
      isTruncated
        ? `${path} is cut off: the index of the file (moov) is missing.`
        : `${path} is not a video that ffmpeg can read.`,
      {
        code: isTruncated ? 'INPUT_TRUNCATED' : 'INPUT_UNREADABLE',
        hint: isTruncated
          ? 'Copy or record the file again; without its index the frames in it cannot be found.'
          : 'Check that the file is a complete video, for example with `facet inspect`.',
        cause: new Error(`ffprobe said:\n${errors.trim()}`),
      },
    );
  }
  return media;
}

/**
 * What ffprobe's answer to `mediaQuestion` says; undefined when it is not whole.
 *
 * @throws {InputError} when there is no video stream among the others
 */
export function mediaFromJson(path: string, sizeBytes: number, json: string): MediaInfo | undefined {
  const raw = parseJson(json);
  if (!raw.format || !raw.streams || raw.streams.length === 0) return undefined;
  const streams = raw.streams.map(toStream);
  const at = raw.streams.findIndex(
    (stream, i) => streams[i]?.kind === 'video' && !streams[i].isAttachedPicture && (stream.width ?? 0) > 0,
  );
  const rawVideo = raw.streams[at];
  const base = streams[at];
  if (!rawVideo || !base) {
    throw new InputError(`${path} has no video stream.`, {
      code: 'INPUT_NO_VIDEO_STREAM',
      hint: 'Give a file with moving pictures in it.',
    });
  }
  const video = toVideo(base, rawVideo);
  streams[at] = video;
  return {
    path,
    container: raw.format.format_name ?? 'unknown',
    sizeBytes,
    durationSeconds: numberOf(raw.format.duration),
    startSeconds: numberOf(raw.format.start_time),
    chapterCount: raw.chapters?.length ?? 0,
    tags: raw.format.tags ?? {},
    streams,
    video,
    audio: streams.filter((stream): stream is AudioStreamInfo => stream.kind === 'audio'),
  };
}

/** Text renamed .mp4 lacks a moov box too, but it never was one. */
async function beginsLikeMp4(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 4);
    return ['ftyp', 'wide', 'mdat', 'free', 'skip'].includes(buffer.toString('latin1'));
  } finally {
    await file.close();
  }
}

type RawStream = {
  readonly index: number;
  readonly codec_name?: string;
  readonly codec_type?: string;
  readonly profile?: string;
  readonly width?: number;
  readonly height?: number;
  readonly pix_fmt?: string;
  readonly sample_aspect_ratio?: string;
  readonly color_range?: string;
  readonly color_space?: string;
  readonly color_primaries?: string;
  readonly color_transfer?: string;
  readonly chroma_location?: string;
  readonly field_order?: string;
  readonly r_frame_rate?: string;
  readonly avg_frame_rate?: string;
  readonly time_base?: string;
  readonly start_pts?: number;
  readonly nb_frames?: string;
  readonly sample_rate?: string;
  readonly channels?: number;
  readonly disposition?: Readonly<Record<string, number>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly side_data_list?: readonly Readonly<Record<string, unknown>>[];
};
type RawProbe = {
  readonly streams?: readonly RawStream[];
  readonly chapters?: readonly unknown[];
  readonly format?: {
    readonly format_name?: string;
    readonly duration?: string;
    readonly start_time?: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
};

function parseJson(json: string): RawProbe {
  try {
    return JSON.parse(json) as RawProbe;
  } catch {
    return {};
  }
}

function toStream(raw: RawStream): StreamInfo | AudioStreamInfo {
  const kinds: readonly StreamKind[] = ['video', 'audio', 'subtitle', 'data', 'attachment'];
  const base: StreamInfo = {
    index: raw.index,
    kind: kinds.find((kind) => kind === raw.codec_type) ?? 'data',
    codec: raw.codec_name ?? 'unknown',
    timeBase: rationalOf(raw.time_base) ?? { num: 1, den: 90000 },
    startPts: raw.start_pts,
    isAttachedPicture: raw.disposition?.['attached_pic'] === 1,
    language: raw.tags?.['language'],
    tags: raw.tags ?? {},
  };
  if (base.kind !== 'audio') return base;
  return { ...base, kind: 'audio', sampleRate: Number(raw.sample_rate ?? 0), channels: raw.channels ?? 0 };
}

function toVideo(base: StreamInfo, raw: RawStream): VideoStreamInfo {
  const displayMatrix = matrixOf(raw);
  return {
    ...base,
    kind: 'video',
    width: raw.width ?? 0,
    height: raw.height ?? 0,
    pixelFormat: raw.pix_fmt ?? 'unknown',
    profile: raw.profile,
    sampleAspect: rationalOf(raw.sample_aspect_ratio),
    color: colorOf(raw),
    displayMatrix,
    rotationDegrees: displayMatrix ? rotationOf(displayMatrix) : 0,
    averageRate: rationalOf(raw.avg_frame_rate),
    nominalRate: rationalOf(raw.r_frame_rate),
    declaredFrames: numberOf(raw.nb_frames),
    fieldOrder: raw.field_order,
  };
}

/** A fraction above zero; ffprobe writes `0/0` and `0:1` for unknown. */
function rationalOf(text: string | undefined): Rational | undefined {
  const value = text === undefined ? undefined : parseRational(text);
  return value && value.num > 0 ? value : undefined;
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) ? undefined : value;
}

function colorOf(raw: RawStream): ColorTags {
  const said = (value: string | undefined): string | undefined =>
    value === undefined || ['unknown', 'unspecified', 'reserved'].includes(value) ? undefined : value;
  // yuvj formats are full range by definition, whether tagged or not.
  const range = raw.pix_fmt?.startsWith('yuvj') ? 'pc' : said(raw.color_range);
  return {
    range: range === 'pc' || range === 'tv' ? range : undefined,
    matrix: said(raw.color_space),
    primaries: said(raw.color_primaries),
    transfer: said(raw.color_transfer),
    chromaLocation: said(raw.chroma_location),
  };
}

/** ffprobe prints the matrix as three lines `00000000:  0  65536  0`. */
function matrixOf(raw: RawStream): DisplayMatrix | undefined {
  for (const side of raw.side_data_list ?? []) {
    const text = side['displaymatrix'];
    if (typeof text !== 'string') continue;
    const numbers = text
      .split('\n')
      .flatMap((line) => (line.split(':')[1] ?? '').trim().split(/\s+/))
      .filter((word) => word !== '')
      .map(Number);
    if (numbers.length === 9 && numbers.every(Number.isInteger)) return numbers;
  }
  return undefined;
}

/** Clockwise degrees that a display matrix turns the picture by, 0 ≤ d < 360. */
export function rotationOf(matrix: DisplayMatrix): number {
  const [a = 1, b = 0] = matrix;
  const degrees = (Math.atan2(b, a) * 180) / Math.PI;
  return (Math.round(degrees) + 360) % 360;
}
