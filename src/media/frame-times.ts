import { InputError } from '../core/errors.ts';
import type { FrameRate, FrameTimes, MediaInfo } from '../core/media.ts';
import { type Rational } from '../core/rational.ts';
import type { Env } from './find.ts';
import { runFfprobe } from './run-probe.ts';

/**
 * Reads where every frame of the video stream lies in time, from its packets, without decoding. Never trusts
 * duration x rate or what the container declares.
 *
 * @throws {InputError} when there is not one frame
 */
export async function readFrameTimes(
  media: MediaInfo,
  { env, signal }: { readonly env?: Env | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<FrameTimes> {
  const pts: number[] = [];
  const keys: number[] = [];
  let [withoutPts, listed, latest, latestTicks] = [0, 0, 0, NaN];
  let rest = '';
  const onLine = (line: string): void => {
    // pts,dts,duration,flags; flags K = key frame, D = decoded but not shown (edit lists).
    const [shownAt = '', decodedAt = '', lasts = '', flags = ''] = line.trim().split(',');
    if (flags !== '') listed += 1;
    if (flags === '' || flags.includes('D')) return;
    if (!/^-?\d+$/.test(shownAt)) withoutPts += 1;
    const at = /^-?\d+$/.test(shownAt) ? Number(shownAt) : Number(decodedAt);
    if (!Number.isFinite(at) || decodedAt + shownAt === '') return;
    if (pts.length === 0 || at > latest) {
      latest = at;
      latestTicks = Number(lasts);
    }
    pts.push(at);
    if (flags.startsWith('K')) keys.push(at);
  };
  await runFfprobe(
    media.path,
    [
      '-select_streams',
      String(media.video.index),
      '-show_entries',
      'packet=pts,dts,duration,flags',
      '-of',
      'csv=p=0',
    ],
    (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    },
    env,
    signal,
  );
  if (rest !== '') onLine(rest);
  if (pts.length === 0) {
    throw new InputError(`${media.path} has a video stream without a single frame.`, {
      code: 'INPUT_NO_FRAMES',
      hint: 'Copy or record the file again.',
    });
  }
  const sorted = Float64Array.from(pts).sort();
  const { timeBase, nominalRate, declaredFrames = 0 } = media.video;
  const rate = measureRate(sorted, timeBase, nominalRate);
  const meanTicks = (rate.mean.den * timeBase.den) / (rate.mean.num * timeBase.num);
  return {
    pts: sorted,
    lastTicks: latestTicks > 0 ? latestTicks : Math.max(1, Math.round(meanTicks)),
    keyPts: Float64Array.from(keys).sort(),
    // Only the index of mp4 and mov counts exactly: AVI also counts chunks without a frame.
    missing: media.container.includes('mp4') ? Math.max(0, declaredFrames - listed) : 0,
    isExact: withoutPts === 0,
    rate,
  };
}

/**
 * The kind of frame rate that ascending times show. Constant: every frame lies within one tick of where a
 * constant rate puts it (containers with milliseconds round), and the rate is the nominal one where that fits.
 */
export function measureRate(pts: Float64Array, timeBase: Rational, nominal: Rational | undefined): FrameRate {
  const count = pts.length;
  let shortestTicks = Infinity;
  let longestTicks = 0;
  for (let i = 1; i < count; i++) {
    const distance = pts[i]! - pts[i - 1]!;
    shortestTicks = Math.min(shortestTicks, distance);
    longestTicks = Math.max(longestTicks, distance);
  }
  if (count < 2) {
    const mean = nominal ?? { num: 25, den: 1 };
    return { kind: 'constant', mean, shortestTicks: 0, longestTicks: 0 };
  }
  const span = pts[count - 1]! - pts[0]!;
  const measured = reduce({ num: (count - 1) * timeBase.den, den: span * timeBase.num });
  for (const rate of nominal ? [nominal, measured] : [measured]) {
    const step = (rate.den * timeBase.den) / (rate.num * timeBase.num);
    let isConstant = true;
    for (let i = 0; i < count && isConstant; i++) {
      isConstant = Math.abs(pts[i]! - pts[0]! - i * step) <= 1;
    }
    if (isConstant) return { kind: 'constant', mean: rate, shortestTicks, longestTicks };
  }
  return { kind: 'variable', mean: measured, shortestTicks, longestTicks };
}

/** The fraction in lowest terms, made to fit 31 bits as ffmpeg wants it. */
export function reduce({ num, den }: Rational): Rational {
  let [a, b] = [num, den];
  while (b !== 0) [a, b] = [b, a % b];
  let [n, d] = [num / a, den / a];
  while (n > 0x7fffffff || d > 0x7fffffff) {
    n = Math.round(n / 2);
    d = Math.max(1, Math.round(d / 2));
  }
  return { num: n, den: d };
}
