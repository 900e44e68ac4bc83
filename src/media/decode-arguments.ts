import type { Rational } from '../core/rational.ts';
import type { FfmpegInput } from './ffmpeg-process.ts';
import { fileUrl } from './run-probe.ts';

export type DecodePlan = {
  readonly path: string;
  readonly streamIndex: number;
  /** Time base of the stream: the unit of all times here. */
  readonly timeBase: Rational;
  /** Pixel format to convert to; undefined = as decoded. */
  readonly convertTo: string | undefined;
  /** First time wanted, and first time not wanted any more. */
  readonly startPts: number | undefined;
  readonly endPts: number | undefined;
  /** A time at which decoding can begin (a key frame at or before `startPts`), in seconds from the file's start. */
  readonly seekSeconds: number | undefined;
  /** Only the frames with these times. */
  readonly onlyPts?: readonly number[];
  /** True: all others than key frames are skipped undecoded. */
  readonly isKeyFramesOnly?: boolean;
  /** Added to every time, so that none is negative (NUT has no negative ones). */
  readonly ptsShift: number;
};

/** ffmpeg's arguments that turn a file into NUT with raw frames, every timestamp as it is in the file. */
export function decodeArguments(
  plan: DecodePlan,
  hasFpsMode: boolean,
): { readonly input: FfmpegInput; readonly outputOptions: readonly string[] } {
  const { timeBase, startPts, endPts, ptsShift, seekSeconds } = plan;
  const trims = [
    startPts === undefined ? '' : `start_pts=${startPts}`,
    endPts === undefined ? '' : `end_pts=${endPts}`,
  ].filter((part) => part !== '');
  const filters = [
    trims.length > 0 ? `trim=${trims.join(':')}` : '',
    plan.onlyPts ? `select='${plan.onlyPts.map((pts) => `eq(pts,${pts})`).join('+')}'` : '',
    ptsShift === 0 ? '' : `setpts=PTS+${ptsShift}`,
    plan.convertTo === undefined ? '' : `format=${plan.convertTo}`,
  ].filter((filter) => filter !== '');
  return {
    input: {
      options: [
        ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error', '-noautorotate'],
        ...(seekSeconds === undefined ? [] : ['-noaccurate_seek', '-ss', seekSeconds.toFixed(6)]),
        ...(plan.isKeyFramesOnly === true ? ['-skip_frame', 'nokey'] : []),
        '-copyts',
      ],
      url: fileUrl(plan.path),
    },
    outputOptions: [
      ...['-map', `0:${plan.streamIndex}`],
      ...(filters.length > 0 ? ['-vf', filters.join(',')] : []),
      // It only copies the picture; by itself it would hand every one to another thread and core for that.
      ...['-c:v', 'rawvideo', '-threads:v', '1', hasFpsMode ? '-fps_mode' : '-vsync', 'passthrough'],
      ...['-enc_time_base', `${timeBase.num}/${timeBase.den}`],
      ...['-f', 'nut'],
    ],
  };
}
