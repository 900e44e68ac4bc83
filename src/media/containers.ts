import { extname } from 'node:path';
import { UsageError } from '../core/errors.ts';

/** Names of what `--codec` takes. */
export const videoCodecs = ['h264', 'h265', 'vp9', 'av1', 'ffv1'] as const;
export type VideoCodec = (typeof videoCodecs)[number];

/** What a container can hold. */
export type Container = {
  readonly extension: string;
  /** ffmpeg's name of its writer. */
  readonly muxer: string;
  readonly videoCodecs: readonly VideoCodec[];
  /** Audio codecs that go in as they are; undefined = all. */
  readonly audioCodecs: readonly string[] | undefined;
  /** What audio becomes that cannot go in as it is. */
  readonly audioFallback: 'aac' | 'libopus';
  /** Subtitle codecs that go in as they are. */
  readonly subtitleCodecs: readonly string[];
  /** What other text subtitles become. */
  readonly textSubtitle: string;
  /** True when a display matrix can be written. */
  readonly hasDisplayMatrix: boolean;
  /** True when any time base can be written; Matroska counts milliseconds. */
  readonly hasAnyTimeBase: boolean;
  /** True when a cover picture can go along. */
  readonly hasCover: boolean;
};

const mp4: Container = {
  extension: '.mp4',
  muxer: 'mp4',
  videoCodecs: ['h264', 'h265', 'vp9', 'av1'],
  audioCodecs: ['aac', 'mp3', 'mp2', 'ac3', 'eac3', 'alac', 'opus', 'flac', 'vorbis', 'dts', 'truehd'],
  audioFallback: 'aac',
  subtitleCodecs: ['mov_text', 'dvd_subtitle'],
  textSubtitle: 'mov_text',
  hasDisplayMatrix: true,
  hasAnyTimeBase: true,
  hasCover: true,
};

const containers: readonly Container[] = [
  mp4,
  { ...mp4, extension: '.m4v' },
  {
    ...mp4,
    extension: '.mov',
    muxer: 'mov',
    videoCodecs: ['h264', 'h265'],
    audioCodecs: [
      ...['aac', 'mp3', 'mp2', 'ac3', 'eac3', 'alac', 'pcm_s16le', 'pcm_s16be', 'pcm_s24le', 'pcm_s24be'],
      ...['pcm_s32le', 'pcm_s32be', 'pcm_f32le', 'pcm_f32be', 'pcm_f64le', 'pcm_u8', 'pcm_s8', 'pcm_mulaw'],
      'pcm_alaw',
    ],
    subtitleCodecs: ['mov_text'],
    hasCover: false,
  },
  {
    extension: '.mkv',
    muxer: 'matroska',
    videoCodecs,
    audioCodecs: undefined,
    audioFallback: 'aac',
    subtitleCodecs: ['subrip', 'ass', 'ssa', 'webvtt', 'hdmv_pgs_subtitle', 'dvd_subtitle', 'dvb_subtitle'],
    textSubtitle: 'srt',
    hasDisplayMatrix: false,
    hasAnyTimeBase: false,
    hasCover: true,
  },
  {
    extension: '.webm',
    muxer: 'webm',
    videoCodecs: ['vp9', 'av1'],
    audioCodecs: ['opus', 'vorbis'],
    audioFallback: 'libopus',
    subtitleCodecs: ['webvtt'],
    textSubtitle: 'webvtt',
    hasDisplayMatrix: false,
    hasAnyTimeBase: false,
    hasCover: false,
  },
];

/** Extensions that an output may have. */
export const outputExtensions: readonly string[] = containers.map(({ extension }) => extension);

/** The container an output's name asks for. @throws {UsageError} when there is none of that name */
export function containerOf(path: string): Container {
  const extension = extname(path).toLowerCase();
  const found = containers.find((container) => container.extension === extension);
  if (found) return found;
  throw new UsageError(
    extension === ''
      ? `The output ${path} has no extension, so its container is not known.`
      : `The output cannot be a ${extension} file.`,
    { code: 'USAGE_BAD_CONTAINER', hint: `End its name with one of ${outputExtensions.join(', ')}.` },
  );
}
