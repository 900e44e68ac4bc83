import type { MediaInfo } from '../core/media.ts';
import { askMedia, mediaFromJson, mediaQuestion, probeMedia, rememberMedia } from './probe.ts';
import type { Asking } from './remember-answers.ts';
import { runFfprobe } from './run-probe.ts';
import { siftPackets, type Packet } from './sift-packets.ts';

/** What the packets of one video stream say. */
export type PacketList = {
  readonly pts: number[];
  readonly keys: number[];
  withoutPts: number;
  /** All packets, also those that edit lists hide. */
  listed: number;
  /** How long the packet with the latest time lasts. */
  latestTicks: number;
};

/** A file's header and the packets of its video streams, by stream index. */
export type Listing = { readonly media: MediaInfo; readonly packets: ReadonlyMap<number, PacketList> };

/**
 * Up to this size one ffprobe is asked for header and packets. It then lists the packets of the sound too, which cost
 * less than a second ffprobe (0.1 s of processor) for some minutes of sound, and more for hours of it.
 */
const togetherBytes = 256 * 2 ** 20;

/** Lists the packets of a file's video streams without decoding. @throws {InputError} like `probeMedia` */
export async function listPackets(path: string, sizeBytes: number, asking: Asking): Promise<Listing> {
  if (sizeBytes > togetherBytes) {
    const [media, { packets }] = await Promise.all([
      probeMedia(path, asking),
      askPackets(path, ['-select_streams', 'V'], asking),
    ]);
    return { media, packets };
  }
  const together = askPackets(path, mediaQuestion, asking).then(async ({ packets, json }) => {
    // Asked for the header alone, it also says what is wrong with a file that has none.
    const media = mediaFromJson(path, sizeBytes, json) ?? (await askMedia(path, sizeBytes, asking));
    return { media, packets };
  });
  rememberMedia(
    path,
    asking,
    together.then(({ media }) => media),
  ).catch(() => undefined);
  return together;
}

/** Packets of video streams, and the JSON of all else that was asked for. */
async function askPackets(
  path: string,
  question: readonly string[],
  asking: Asking,
): Promise<{ readonly packets: ReadonlyMap<number, PacketList>; readonly json: string }> {
  const lists = new Map<number, PacketList>();
  const latest = new Map<number, number>();
  const onPacket = ({ stream_index: index, pts, dts, duration, flags }: Packet): void => {
    const list = lists.get(index) ?? { pts: [], keys: [], withoutPts: 0, listed: 0, latestTicks: NaN };
    lists.set(index, list);
    list.listed += 1;
    // flags: K = key frame, D = decoded but not shown (edit lists).
    if (flags.includes('D')) return;
    if (pts === undefined) list.withoutPts += 1;
    const at = pts ?? dts;
    if (at === undefined) return;
    if (at > (latest.get(index) ?? -Infinity)) {
      latest.set(index, at);
      list.latestTicks = Number(duration);
    }
    list.pts.push(at);
    if (flags.startsWith('K')) list.keys.push(at);
  };
  const sifter = siftPackets('video', onPacket);
  const packet = 'packet=codec_type,stream_index,pts,dts,duration,flags';
  await runFfprobe(
    path,
    [...question, '-show_entries', packet, '-of', 'json=compact=1'],
    sifter.feed,
    asking,
  );
  return { packets: lists, json: sifter.end() };
}
