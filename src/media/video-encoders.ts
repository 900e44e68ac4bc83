import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UsageError } from '../core/errors.ts';
import type { Rational } from '../core/rational.ts';
import type { VideoCodec } from './containers.ts';
import type { FoundFfmpeg } from './find.ts';

const run = promisify(execFile);

/** One of ffmpeg's encoders and how its quality and speed are set. */
type Encoder = {
  readonly name: string;
  readonly codec: VideoCodec;
  readonly defaultCrf: number | undefined;
  readonly maxCrf: number;
  readonly presets: readonly string[];
  readonly defaultPreset: string | undefined;
  readonly options: (crf: number | undefined, preset: string | undefined, fps: string) => readonly string[];
};

const x26xPresets = [
  ...['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow', 'slower', 'veryslow'],
  'placebo',
];
const digits = (last: number): string[] => Array.from({ length: last + 1 }, (_, i) => String(i));
const set = (flag: string, value: string | number | undefined): readonly string[] =>
  value === undefined ? [] : [flag, String(value)];

/** In order of preference within a codec. */
const encoders: readonly Encoder[] = [
  {
    name: 'libx264',
    codec: 'h264',
    defaultCrf: 18,
    maxCrf: 51,
    presets: x26xPresets,
    defaultPreset: 'medium',
    // Old versions take the time base for the frame rate, and declare level 6.
    options: (crf, preset, fps) => [
      ...set('-crf', crf),
      ...set('-preset', preset),
      '-x264-params',
      `fps=${fps}`,
    ],
  },
  {
    name: 'libx265',
    codec: 'h265',
    defaultCrf: 20,
    maxCrf: 51,
    presets: x26xPresets,
    defaultPreset: 'medium',
    options: (crf, preset, fps) => [
      ...set('-crf', crf),
      ...set('-preset', preset),
      // It writes to stderr by itself, whatever the log level.
      '-x265-params',
      `log-level=error:fps=${fps}`,
    ],
  },
  {
    name: 'libvpx-vp9',
    codec: 'vp9',
    defaultCrf: 24,
    maxCrf: 63,
    presets: digits(8),
    defaultPreset: '2',
    options: (crf, preset) => [...set('-crf', crf), '-b:v', '0', ...set('-cpu-used', preset), '-row-mt', '1'],
  },
  {
    name: 'libsvtav1',
    codec: 'av1',
    defaultCrf: 26,
    maxCrf: 63,
    presets: digits(13),
    defaultPreset: '8',
    options: (crf, preset) => [...set('-crf', crf), ...set('-preset', preset)],
  },
  {
    name: 'libaom-av1',
    codec: 'av1',
    defaultCrf: 26,
    maxCrf: 63,
    presets: digits(8),
    defaultPreset: '6',
    options: (crf, preset) => [
      ...set('-crf', crf),
      '-b:v',
      '0',
      ...set('-cpu-used', preset),
      // Early versions call the encoder experimental.
      '-strict',
      '-2',
    ],
  },
  {
    name: 'ffv1',
    codec: 'ffv1',
    defaultCrf: undefined,
    maxCrf: 0,
    presets: [],
    defaultPreset: undefined,
    options: () => ['-level', '3', '-slices', '4', '-slicecrc', '1'],
  },
];

/** Encoder, quality and speed that will be used. */
export type ChosenEncoder = {
  readonly name: string;
  readonly codec: VideoCodec;
  readonly crf: number | undefined;
  readonly preset: string | undefined;
  readonly pixelFormat: string;
  readonly options: readonly string[];
};

export type EncoderWish = {
  readonly codec: VideoCodec;
  readonly crf: number | undefined;
  readonly preset: string | undefined;
  readonly pixelFormat: string;
  readonly width: number;
  readonly height: number;
  readonly rate: Rational;
};

/** The codecs that an ffmpeg can write, with the encoder that would be used for each. */
export function listCodecs(
  ffmpeg: FoundFfmpeg,
): readonly { readonly codec: VideoCodec; readonly encoder: string }[] {
  const present = encoders.filter(({ name }) => ffmpeg.encoders.has(name));
  return [...new Set(present.map(({ codec }) => codec))].map((codec) => ({
    codec,
    encoder: present.find((encoder) => encoder.codec === codec)!.name,
  }));
}

/** Pixel formats that an encoder takes; empty when it does not say. */
async function listPixelFormats(ffmpeg: FoundFfmpeg, encoder: string): Promise<readonly string[]> {
  const { stdout } = await run(ffmpeg.path, ['-hide_banner', '-h', `encoder=${encoder}`], {
    timeout: 20_000,
  });
  return (/Supported pixel formats: (.*)/.exec(stdout)?.[1] ?? '').trim().split(/\s+/);
}

/**
 * The first encoder of the wished codec that this ffmpeg has and that takes the pixel format.
 *
 * @throws {UsageError} when there is none; the message names the way out
 */
export async function chooseEncoder(ffmpeg: FoundFfmpeg, wish: EncoderWish): Promise<ChosenEncoder> {
  const has = ffmpeg.encoders;
  const ofCodec = encoders.filter((encoder) => encoder.codec === wish.codec);
  const present = ofCodec.filter((encoder) => has.has(encoder.name));
  if (present.length === 0) {
    const others = [...new Set(encoders.filter(({ name }) => has.has(name)).map(({ codec }) => codec))];
    throw new UsageError(`This ffmpeg (${ffmpeg.path}) cannot encode ${wish.codec}.`, {
      code: 'USAGE_NO_ENCODER',
      hint: `Use --codec ${others.join(' or ')}, or set FFMPEG_PATH to an ffmpeg with ${ofCodec.map(({ name }) => name).join(' or ')}.`,
    });
  }
  for (const encoder of present) {
    // Every build of these takes 8-bit 4:2:0; asking costs a process.
    if (wish.pixelFormat !== 'yuv420p') {
      const formats = await listPixelFormats(ffmpeg, encoder.name);
      if (!formats.includes(wish.pixelFormat)) continue;
    }
    refuseOddSize(encoder, wish);
    return settle(encoder, wish);
  }
  const isDeep = wish.pixelFormat.endsWith('10le');
  throw new UsageError(`This ffmpeg's ${wish.codec} encoder does not take ${wish.pixelFormat}.`, {
    code: 'USAGE_NO_PIXEL_FORMAT',
    hint: isDeep
      ? 'Use --codec h265 or --codec ffv1, or accept 8 bits with --pix-fmt yuv420p.'
      : 'Use another --codec, or --pix-fmt yuv420p.',
  });
}

/** H.264 and H.265 with subsampled chroma have even sizes only. */
function refuseOddSize(encoder: Encoder, { width, height, pixelFormat }: EncoderWish): void {
  if (!['h264', 'h265'].includes(encoder.codec)) return;
  const isOdd =
    (width % 2 === 1 && !pixelFormat.startsWith('yuv444')) ||
    (height % 2 === 1 && pixelFormat.startsWith('yuv420'));
  if (!isOdd) return;
  throw new UsageError(
    `${encoder.codec} with ${pixelFormat} cannot hold a picture of the odd size ${width}x${height}.`,
    {
      code: 'USAGE_ODD_SIZE',
      hint: 'Use --pix-fmt yuv444p, or --codec vp9, av1 or ffv1.',
    },
  );
}

function settle(encoder: Encoder, wish: EncoderWish): ChosenEncoder {
  const { crf = encoder.defaultCrf, preset = encoder.defaultPreset } = wish;
  if (wish.crf !== undefined && encoder.defaultCrf !== undefined && wish.crf > encoder.maxCrf) {
    throw new UsageError(`--crf cannot be ${wish.crf} with ${wish.codec}.`, {
      code: 'USAGE_BAD_VALUE',
      hint: `It must be from 0 to ${encoder.maxCrf}; ${encoder.defaultCrf} is the default.`,
    });
  }
  if (wish.preset !== undefined && !encoder.presets.includes(wish.preset)) {
    throw new UsageError(`--preset cannot be ${wish.preset} with ${wish.codec}.`, {
      code: 'USAGE_BAD_VALUE',
      hint:
        encoder.presets.length === 0
          ? `${wish.codec} has no presets.`
          : `It must be one of ${encoder.presets.join(', ')}.`,
    });
  }
  return {
    name: encoder.name,
    codec: encoder.codec,
    crf,
    preset,
    pixelFormat: wish.pixelFormat,
    options: encoder.options(crf, preset, `${wish.rate.num}/${wish.rate.den}`),
  };
}
