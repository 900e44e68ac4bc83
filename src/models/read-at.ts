import { readSync } from 'node:fs';

/**
 * Bytes of an open file, all of them.
 *
 * @throws {RangeError} when the file ends before
 */
export function readAt(file: number, offset: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, buffer, done, Math.min(length - done, 2 ** 30), offset + done);
    if (count === 0) throw new RangeError(`the file ends at ${offset + done}, ${length - done} bytes early`);
    done += count;
  }
  return buffer;
}
