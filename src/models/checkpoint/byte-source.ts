import { readAt } from '../read-at.ts';
import { PickleProblem } from './errors.ts';

/** Bytes in order, from memory or from an open file, never past an end. */
export class ByteSource {
  readonly #read: (offset: number, length: number) => Buffer;
  readonly #end: number;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;
  #at: number;

  private constructor(read: (offset: number, length: number) => Buffer, start: number, end: number) {
    this.#read = read;
    this.#at = start;
    this.#windowAt = start;
    this.#end = end;
  }

  static ofBuffer(bytes: Buffer): ByteSource {
    return new ByteSource((offset, length) => bytes.subarray(offset, offset + length), 0, bytes.length);
  }

  /** Reads ahead in pieces of 256 KiB. */
  static ofFile(file: number, start: number, end: number): ByteSource {
    return new ByteSource((offset, length) => readAt(file, offset, length), start, end);
  }

  /** Position of the next byte. */
  get position(): number {
    return this.#at;
  }

  byte(): number {
    return this.bytes(1)[0]!;
  }

  /** The next bytes; valid until the next call. */
  bytes(length: number): Buffer {
    if (length < 0 || length > this.#end - this.#at) throw new PickleProblem('it is truncated');
    const begin = this.#at - this.#windowAt;
    if (begin + length > this.#window.length) {
      const wanted = Math.min(this.#end - this.#at, Math.max(length, 2 ** 18));
      this.#window = this.#read(this.#at, wanted);
      this.#windowAt = this.#at;
      this.#at += length;
      return this.#window.subarray(0, length);
    }
    this.#at += length;
    return this.#window.subarray(begin, begin + length);
  }

  /** Text up to the next line feed, which is swallowed. */
  line(): string {
    let text = '';
    for (let byte = this.byte(); byte !== 10; byte = this.byte()) {
      if (text.length >= 200) throw new PickleProblem('a name is longer than 200 characters');
      text += String.fromCharCode(byte);
    }
    return text;
  }
}
