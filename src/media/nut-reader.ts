import type { Rational } from '../core/rational.ts';
import { frameFlags, nutFileId, startCodes } from './nut-format.ts';

/** A frame whose header has been read; its bytes come next. */
export type NutFrame = {
  /** Presentation time in ticks of the stream's time base. */
  readonly pts: number;
  readonly bytes: number;
};

type FrameCode = {
  readonly flags: number;
  readonly stream: number;
  readonly sizeMul: number;
  readonly sizeLsb: number;
  readonly ptsDelta: number;
  readonly reserved: number;
  readonly header: number;
};

/**
 * Reads a NUT file with one video stream, given piece by piece. Where a frame begins it stops until it is told
 * where the frame's bytes go: that is how demand reaches the pipe.
 */
export class NutReader {
  #pending: Buffer | undefined;
  #isPastFileId = false;
  #timeBases: Rational[] = [];
  #codes: (FrameCode | undefined)[] = [];
  #elided: Buffer[] = [Buffer.alloc(0)];
  #msbShift = 0;
  #lastPts = 0;
  #wanted: NutFrame | undefined;
  #prefix: Buffer = Buffer.alloc(0);
  #target: Uint8Array | undefined;
  #filled = 0;
  /** Unit of `NutFrame.pts`; known before the first frame. */
  timeBase: Rational | undefined;
  #streamTimeBase = 0;

  /** The frame that waits for a target. */
  get wanted(): NutFrame | undefined {
    return this.#target ? undefined : this.#wanted;
  }

  /** Says where the wanted frame's bytes go. */
  fill(target: Uint8Array): void {
    if (!this.#wanted || target.length < this.#wanted.bytes)
      throw new RangeError('no frame, or no room for it');
    target.set(this.#prefix);
    this.#filled = this.#prefix.length;
    this.#target = target;
  }

  /** What of the target is still to be filled: bytes may be put there instead of being fed. */
  get room(): Uint8Array | undefined {
    return this.#target?.subarray(this.#filled, this.#wanted?.bytes);
  }

  /** Says that `count` bytes have been put at the start of `room`. Calls `onFrame` when the target is full. */
  took(count: number, onFrame: (frame: NutFrame) => void): void {
    if (!this.#target || !this.#wanted || count > this.#wanted.bytes - this.#filled)
      throw new RangeError('no frame, or no room for it');
    this.#filled += count;
    if (this.#filled < this.#wanted.bytes) return;
    const frame = this.#wanted;
    this.#target = undefined;
    this.#wanted = undefined;
    onFrame(frame);
  }

  /**
   * Takes bytes from `chunk` on, and returns how many: all of them, or up to where a frame begins that waits for
   * a target. Calls `onFrame` when a target is full.
   */
  feed(chunk: Buffer, from: number, onFrame: (frame: NutFrame) => void): number {
    let at = from;
    for (;;) {
      if (this.#target && this.#wanted) {
        const count = Math.min(chunk.length - at, this.#wanted.bytes - this.#filled);
        this.#target.set(chunk.subarray(at, at + count), this.#filled);
        at += count;
        this.took(count, onFrame);
        if (this.room) return at - from;
      }
      if (this.#wanted || at >= chunk.length) return at - from;
      at = this.#readHeader(chunk, at);
    }
  }

  /** True when the stream may end here. */
  get isBetweenFrames(): boolean {
    return this.#wanted === undefined && this.#pending === undefined;
  }

  /** Reads one element other than frame bytes; returns where the next one begins in `chunk`. */
  #readHeader(chunk: Buffer, at: number): number {
    const before = this.#pending?.length ?? 0;
    const bytes = this.#pending ? Buffer.concat([this.#pending, chunk.subarray(at)]) : chunk.subarray(at);
    const cursor = new Cursor(bytes);
    try {
      this.#element(cursor);
    } catch (error) {
      if (!(error instanceof NeedMore)) throw error;
      this.#pending = Buffer.from(bytes);
      return chunk.length;
    }
    this.#pending = undefined;
    return at + cursor.at - before;
  }

  #element(cursor: Cursor): void {
    if (!this.#isPastFileId) {
      if (!cursor.take(nutFileId.length).equals(nutFileId)) throw new Error('This is not a NUT stream.');
      this.#isPastFileId = true;
      return;
    }
    if (cursor.peek() !== 0x4e) {
      this.#frame(cursor);
      return;
    }
    const code = cursor.take(8);
    const size = cursor.varint();
    if (size > 4096) cursor.take(4);
    const body = new Cursor(cursor.take(size));
    if (code.equals(startCodes.main)) this.#main(body);
    else if (code.equals(startCodes.stream)) this.#stream(body);
    else if (code.equals(startCodes.syncpoint)) this.#syncpoint(body);
    // Index, info and whatever comes later tell nothing that is needed here.
  }

  #main(body: Cursor): void {
    const version = body.varint();
    if (version > 3) body.varint();
    if (body.varint() !== 1) throw new Error('The NUT stream has more than one stream.');
    body.varint();
    const timeBaseCount = body.varint();
    this.#timeBases = Array.from({ length: timeBaseCount }, () => ({
      num: body.varint(),
      den: body.varint(),
    }));
    this.#codes = [];
    let [ptsDelta, sizeMul, stream, header] = [0, 1, 0, 0];
    while (this.#codes.length < 256) {
      const flags = body.varint();
      const fields = body.varint();
      if (fields > 0) ptsDelta = body.signed();
      if (fields > 1) sizeMul = body.varint();
      if (fields > 2) stream = body.varint();
      const size = fields > 3 ? body.varint() : 0;
      const reserved = fields > 4 ? body.varint() : 0;
      const count = fields > 5 ? body.varint() : sizeMul - size;
      if (fields > 6) body.signed();
      if (fields > 7) header = body.varint();
      for (let j = 8; j < fields; j++) body.varint();
      for (let j = 0; j < count && this.#codes.length < 256;) {
        if (this.#codes.length === 0x4e) {
          this.#codes.push(undefined);
          continue;
        }
        this.#codes.push({ flags, stream, sizeMul, sizeLsb: size + j, ptsDelta, reserved, header });
        j += 1;
      }
    }
    const elidedCount = body.varint();
    this.#elided = [Buffer.alloc(0)];
    for (let i = 0; i < elidedCount; i++) this.#elided.push(Buffer.from(body.take(body.varint())));
  }

  #stream(body: Cursor): void {
    body.varint(); // id
    if (body.varint() !== 0) throw new Error('The NUT stream is not video.');
    body.take(body.varint()); // fourcc
    this.#streamTimeBase = body.varint();
    this.#msbShift = body.varint();
    this.timeBase = this.#timeBases[this.#streamTimeBase];
  }

  #syncpoint(body: Cursor): void {
    const coded = body.varint();
    const count = this.#timeBases.length;
    const from = this.#timeBases[coded % count]!;
    const to = this.#timeBases[this.#streamTimeBase]!;
    const pts = Math.floor(coded / count);
    this.#lastPts =
      from === to
        ? pts
        : Number((BigInt(pts) * BigInt(from.num) * BigInt(to.den)) / (BigInt(from.den) * BigInt(to.num)));
  }

  #frame(cursor: Cursor): void {
    const code = this.#codes[cursor.byte()];
    if (!code) throw new Error('The NUT stream has a frame before its header.');
    let flags = code.flags;
    if (flags & frameFlags.coded) flags ^= cursor.varint();
    if (flags & frameFlags.invalid) throw new Error('The NUT stream has an invalid frame code.');
    if (flags & frameFlags.streamId) cursor.varint();
    let pts = this.#lastPts + code.ptsDelta;
    if (flags & frameFlags.codedPts) {
      const coded = cursor.varint();
      const span = 2 ** this.#msbShift;
      if (coded >= span) pts = coded - span;
      else {
        const delta = this.#lastPts - Math.floor((span - 1) / 2);
        pts = ((((coded - delta) % span) + span) % span) + delta;
      }
    }
    const size = code.sizeLsb + (flags & frameFlags.sizeMsb ? cursor.varint() * code.sizeMul : 0);
    if (flags & frameFlags.matchTime) cursor.signed();
    let header = flags & frameFlags.headerIndex ? cursor.varint() : code.header;
    const reserved = flags & frameFlags.reserved ? cursor.varint() : code.reserved;
    for (let i = 0; i < reserved; i++) cursor.varint();
    if (flags & frameFlags.checksum) cursor.take(4);
    if (flags & frameFlags.sideData) throw new Error('The NUT stream carries side data.');
    if (size > 4096) header = 0;
    this.#lastPts = pts;
    if (flags & frameFlags.endOfRelevance && size === 0) return;
    this.#prefix = this.#elided[header] ?? Buffer.alloc(0);
    this.#wanted = { pts, bytes: size };
  }
}

class NeedMore extends Error {}

/** A place in a buffer; reading past the end throws NeedMore. */
class Cursor {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  peek(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw new NeedMore();
    return byte;
  }

  byte(): number {
    const byte = this.peek();
    this.at += 1;
    return byte;
  }

  take(count: number): Buffer {
    if (this.at + count > this.#bytes.length) throw new NeedMore();
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  varint(): number {
    let value = 0;
    for (;;) {
      const byte = this.byte();
      value = value * 128 + (byte & 127);
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const value = this.varint() + 1;
    return value % 2 === 1 ? -Math.floor(value / 2) : value / 2;
  }
}
