import type { FrameLayout } from '../core/frame.ts';
import type { Rational } from '../core/rational.ts';
import { fourccs, frameFlags, nutChecksum, nutFileId, startCodes } from './nut-format.ts';

export type NutStream = {
  readonly layout: FrameLayout;
  /** Unit of the timestamps. */
  readonly timeBase: Rational;
  /** What a decoder reports as nominal frame rate; encoders use it for levels and rate control. */
  readonly rate: Rational;
  readonly sampleAspect: Rational | undefined;
};

/** Timestamps are coded in full: the coded value is the timestamp plus this. */
const msbShift = 7;

/** Bytes that open a NUT file with one stream of raw frames. */
export function nutHeader(stream: NutStream): Buffer {
  const { layout, timeBase, rate, sampleAspect } = stream;
  const flags = frameFlags.key | frameFlags.codedPts | frameFlags.sizeMsb | frameFlags.checksum;
  const main = [
    ...varint(3), // version
    ...varint(1), // streams
    ...varint(65536), // max distance
    ...varint(1), // time bases
    ...varint(timeBase.num),
    ...varint(timeBase.den),
    // One row that makes all 255 frame codes alike: flags, 6 fields, pts 0, mul 1, stream 0, size 0, reserved 0, count.
    ...varint(flags),
    ...varint(6),
    ...varint(0),
    ...varint(1),
    ...varint(0),
    ...varint(0),
    ...varint(0),
    ...varint(255),
    ...varint(0), // no elided headers
  ];
  const head = [
    ...varint(0), // stream
    ...varint(0), // class: video
    ...bytesOf(fourccs[layout.format]),
    ...varint(0), // time base
    ...varint(msbShift),
    ...varint(1 << 20), // max pts distance
    ...varint(0), // decode delay
    ...varint(0), // flags
    ...varint(0), // codec specific data
    ...varint(layout.width),
    ...varint(layout.height),
    ...varint(sampleAspect?.num ?? 0),
    ...varint(sampleAspect?.den ?? 0),
    ...varint(0), // colour space type
  ];
  const info = [
    ...varint(1), // stream + 1
    ...varint(0), // chapter
    ...varint(0), // chapter start
    ...varint(0), // chapter length
    ...varint(1), // entries
    ...bytesOf('r_frame_rate'),
    ...varint(2), // -1 as a signed number: text
    ...bytesOf(`${rate.num}/${rate.den}`),
  ];
  return Buffer.concat([
    nutFileId,
    packet(startCodes.main, main),
    packet(startCodes.stream, head),
    packet(startCodes.info, info),
  ]);
}

/** Bytes that come before a frame's planes. `pts` ≥ 0 in ticks of the stream's time base. */
export function nutFrameHeader(pts: number, sizeBytes: number): Buffer {
  if (!Number.isSafeInteger(pts) || pts < 0)
    throw new RangeError(`pts is ${pts}, expected a whole number ≥ 0`);
  const sync = packet(startCodes.syncpoint, [...varint(pts), ...varint(0)]);
  const frame = Buffer.from([0, ...varint(pts + (1 << msbShift)), ...varint(sizeBytes)]);
  return Buffer.concat([sync, frame, checksum(frame)]);
}

function packet(code: Buffer, content: readonly number[]): Buffer {
  const body = Buffer.from(content);
  const size = Buffer.from(varint(body.length + 4));
  // Only packets over 4096 bytes have a checksum of their header too, and none of ours is.
  return Buffer.concat([code, size, body, checksum(body)]);
}

function checksum(bytes: Uint8Array): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(nutChecksum(bytes));
  return out;
}

function bytesOf(text: string): number[] {
  return [...varint(text.length), ...Buffer.from(text, 'latin1')];
}

/** Seven bits a byte, most significant first, the high bit set on all but the last. Exact up to 2^53. */
export function varint(value: number): number[] {
  const out = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    out.unshift(128 + (rest % 128));
  }
  return out;
}
