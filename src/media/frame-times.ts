import { InputError } from '../core/errors.ts';
import type { FrameRate, FrameTimes, MediaInfo } from '../core/media.ts';
import { type Rational } from '../core/rational.ts';
import { listPackets, type PacketList } from './list-packets.ts';
import { rememberAnswers, type Asking } from './remember-answers.ts';

/**
 * A file's header, and where every frame of its video stream lies in time. The times are read from the packets
 * without decoding; duration x rate and what the container declares are never trusted.
 *
 * @throws {InputError} when the file cannot be read, or has not one frame
 */
export async function probeFrames(
  path: string,
  asking: Asking = {},
): Promise<{ readonly media: MediaInfo; readonly times: FrameTimes }> {
  const found = await listOnce(path, asking);
  const media = { ...found.media, path };
  const packets = found.packets.get(media.video.index);
  if (!packets || packets.pts.length === 0) {
    throw new InputError(`${path} has a video stream without a single frame.`, {
      code: 'INPUT_NO_FRAMES',
      hint: 'Copy or record the file again.',
    });
  }
  return { media, times: frameTimes(media, packets) };
}

function frameTimes(media: MediaInfo, packets: PacketList): FrameTimes {
  const sorted = Float64Array.from(packets.pts).sort();
  const { timeBase, nominalRate, declaredFrames = 0 } = media.video;
  const rate = measureRate(sorted, timeBase, nominalRate);
  const meanTicks = (rate.mean.den * timeBase.den) / (rate.mean.num * timeBase.num);
  return {
    pts: sorted,
    lastTicks: packets.latestTicks > 0 ? packets.latestTicks : Math.max(1, Math.round(meanTicks)),
    keyPts: Float64Array.from(packets.keys).sort(),
    // Only the index of mp4 and mov counts exactly: AVI also counts chunks without a frame.
    missing: media.container.includes('mp4') ? Math.max(0, declaredFrames - packets.listed) : 0,
    isExact: packets.withoutPts === 0,
    rate,
  };
}

/** Of the last file only: the list of a long one is megabytes. */
const listOnce = rememberAnswers(1, listPackets);

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
