import type { ColorTags } from '../core/media.ts';
import type { Rational } from '../core/rational.ts';
import type { CarriedStreams } from './carry-streams.ts';
import type { Container } from './containers.ts';
import type { FfmpegInput } from './ffmpeg-process.ts';
import type { OutputMark } from './mark.ts';
import { fileUrl } from './run-probe.ts';
import type { ChosenEncoder } from './video-encoders.ts';

export type EncodePlan = {
  /** The original, from which everything but the picture is taken. */
  readonly originalPath: string;
  readonly container: Container;
  readonly encoder: ChosenEncoder;
  readonly carried: CarriedStreams;
  readonly timeBase: Rational;
  /** Mean frame rate: a hint for levels and rate control, never for timing. */
  readonly rate: Rational;
  readonly color: ColorTags;
  /** Taken off every picture's time by a filter: NUT has no negative times. */
  readonly ptsShift: number;
  /** Time in the original that becomes 0 in the output. */
  readonly zeroSeconds: number;
  /** Part of the original from which sound and subtitles are taken. */
  readonly cut: { readonly startSeconds: number; readonly endSeconds: number } | undefined;
  /** Filters that turn the picture upright, for containers without a display matrix. */
  readonly turn: readonly string[];
  /** What the metadata says about who made the picture. */
  readonly mark?: OutputMark | undefined;
};

/** ffmpeg's arguments that encode NUT from its standard input and join it with the rest of the original. */
export function encodeArguments(
  plan: EncodePlan,
  { hasFpsMode, hasSetparams }: { readonly hasFpsMode: boolean; readonly hasSetparams: boolean },
): { readonly inputs: readonly FfmpegInput[]; readonly outputOptions: readonly string[] } {
  const { container, encoder, timeBase, color, cut } = plan;
  const filters = [
    plan.ptsShift === 0 ? '' : `setpts=PTS-${plan.ptsShift}`,
    ...plan.turn,
    hasSetparams ? setparams(color) : '',
  ].filter((filter) => filter !== '');
  const original = [
    // Exact seeking cuts what is decoded again by times to which the offset has been added already.
    ...(cut ? ['-noaccurate_seek', '-ss', cut.startSeconds.toFixed(6)] : []),
    ...(plan.zeroSeconds === 0 ? [] : ['-itsoffset', (-plan.zeroSeconds).toFixed(6)]),
  ];
  return {
    inputs: [
      {
        options: [
          ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'warning', '-copyts'],
          // The header tells all there is to know; probing would only hold frames back.
          ...['-fpsprobesize', '0', '-f', 'nut'],
        ],
        url: 'pipe:0',
      },
      { options: original, url: fileUrl(plan.originalPath) },
    ],
    outputOptions: [
      ...plan.carried.options,
      ...(plan.mark ? ['-metadata', `comment=${plan.mark.comment}`] : []),
      ...(filters.length > 0 ? ['-filter:v:0', filters.join(',')] : []),
      ...['-c:v:0', encoder.name, ...encoder.options, '-pix_fmt:v:0', encoder.pixelFormat],
      ...colorOptions(color),
      ...[hasFpsMode ? '-fps_mode' : '-vsync', 'passthrough'],
      // Old versions tell the encoder no frame rate otherwise (it then declares level 6); new ones refuse it.
      ...(hasFpsMode ? [] : ['-r:v:0', `${plan.rate.num}/${plan.rate.den}`]),
      ...['-enc_time_base:v:0', `${timeBase.num}/${timeBase.den}`],
      ...(container.hasAnyTimeBase ? ['-video_track_timescale', String(timescale(timeBase))] : []),
      ...(container.muxer === 'mp4' || container.muxer === 'mov' ? ['-movflags', '+faststart'] : []),
      ...(encoder.codec === 'h265' && container.muxer !== 'matroska' ? ['-tag:v:0', 'hvc1'] : []),
      // An end on the input side is measured wrongly together with -itsoffset and -copyts.
      ...(cut ? ['-t', (cut.endSeconds - cut.startSeconds).toFixed(6)] : []),
      ...['-max_muxing_queue_size', '4096', '-strict', '-2', '-f', container.muxer],
    ],
  };
}

/** Ticks a second of the track: as fine as the source's. */
export function timescale({ den }: Rational): number {
  return den;
}

function colorOptions(color: ColorTags): string[] {
  const option = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`-${name}:v:0`, value];
  return [
    ...option('color_range', color.range),
    ...option('colorspace', color.matrix),
    ...option('color_primaries', color.primaries),
    ...option('color_trc', color.transfer),
    ...option('chroma_sample_location', color.chromaLocation),
  ];
}

/** New versions take the colour facts from the frames, not from the encoder's options. */
function setparams(color: ColorTags): string {
  const parts = [
    color.range === undefined ? '' : `range=${color.range}`,
    color.matrix === undefined ? '' : `colorspace=${color.matrix}`,
    color.primaries === undefined ? '' : `color_primaries=${color.primaries}`,
    color.transfer === undefined ? '' : `color_trc=${color.transfer}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `setparams=${parts.join(':')}`;
}
