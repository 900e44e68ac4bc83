import type { ColorFacts } from '../core/frame.ts';
import type { MediaInfo } from '../core/media.ts';
import type { Rational } from '../core/rational.ts';
import { containerOf } from './containers.ts';
import type { EncodePlan } from './encode-arguments.ts';
import type { FoundFfmpeg } from './find.ts';
import type { OutputMark } from './mark.ts';
import { shownSize } from './picture-file.ts';
import { turnFilters } from './turn-filters.ts';
import { chooseEncoder } from './video-encoders.ts';

/** Longest sides of one of the two pictures of a clip. */
const [mostWidth, mostHeight] = [800, 720];

/** A picture's part of a clip: even, never larger than it is. */
export function clipHalf(
  size: { readonly width: number; readonly height: number },
  sampleAspect: Rational | undefined,
  isOnItsSide: boolean,
): { readonly width: number; readonly height: number } {
  const shown = shownSize(size, sampleAspect);
  const upright = isOnItsSide ? { width: shown.height, height: shown.width } : shown;
  const scale = Math.min(1, mostWidth / upright.width, mostHeight / upright.height);
  const even = (value: number): number => Math.max(2, 2 * Math.round((value * scale) / 2));
  return { width: even(upright.width), height: even(upright.height) };
}

/**
 * How a pair of pictures in one frame becomes a clip that browsers play: H.264, 8 bits 4:2:0, BT.709, limited range,
 * square pixels, both halves upright; sound as AAC.
 */
export async function clipPlan(
  media: MediaInfo,
  {
    ffmpeg,
    color,
    rate,
    halfWidth,
    isOnItsSide,
    startSeconds,
    endSeconds,
    mark,
  }: {
    readonly ffmpeg: FoundFfmpeg;
    readonly color: ColorFacts;
    readonly rate: Rational;
    /** Where the second picture begins in a frame. */
    readonly halfWidth: number;
    readonly isOnItsSide: boolean;
    /** Part of the file, in its own time. */
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly mark: OutputMark | undefined;
  },
): Promise<{ readonly plan: EncodePlan; readonly width: number; readonly height: number }> {
  const { video } = media;
  const half = clipHalf(video, video.sampleAspect, isOnItsSide);
  const size = { width: 2 * half.width, height: half.height };
  const encoder = await chooseEncoder(ffmpeg, {
    codec: 'h264',
    crf: 21,
    preset: 'veryfast',
    pixelFormat: 'yuv420p',
    ...size,
    rate,
  });
  const matrix = { bt709: 'bt709', bt601: 'smpte170m', bt2020: 'bt2020nc' }[color.matrix];
  const range = color.range === 'full' ? 'pc' : 'tv';
  const upright = [
    ...turnFilters(video.displayMatrix),
    `scale=${half.width}:${half.height}:flags=bicubic:in_color_matrix=${matrix}:in_range=${range}:out_color_matrix=bt709:out_range=tv`,
    'format=yuv420p',
    'setsar=1',
  ].join(',');
  const crop = (left: number): string => `crop=${video.width}:${video.height}:${left}:0`;
  const fileStart = media.startSeconds ?? 0;
  const isHeard = media.audio.length > 0;
  return {
    ...size,
    plan: {
      originalPath: media.path,
      container: containerOf('clip.mp4'),
      encoder,
      carried: {
        options: [
          ...['-map', '0:v:0'],
          ...(isHeard
            ? [
                '-map',
                `1:${media.audio[0]!.index}`,
                '-c:a:0',
                'aac',
                '-b:a:0',
                '128k',
                '-ac',
                '2',
                '-filter:a:0',
                'atrim=start=0',
              ]
            : []),
          ...['-map_metadata', '-1', '-map_chapters', '-1'],
        ],
        changed: [],
        leftOut: [],
      },
      timeBase: video.timeBase,
      rate,
      color: { ...video.color, range: 'tv', matrix: 'bt709', chromaLocation: undefined },
      ptsShift: 0,
      zeroSeconds: startSeconds,
      cut: { startSeconds: startSeconds - fileStart, endSeconds: endSeconds - fileStart },
      mark,
      turn: [
        `split[a][b];[a]${crop(0)},${upright}[l];[b]${crop(halfWidth)},${upright}[r];[l][r]hstack=inputs=2`,
      ],
    },
  };
}
