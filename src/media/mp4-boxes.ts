import type { FileHandle } from 'node:fs/promises';

/** Content of a box: from behind its header to its end. */
export type Box = { readonly start: number; readonly end: number };

/** Content of the first box of a type between two places. */
export async function findBox(
  file: FileHandle,
  type: string,
  from: number,
  to: number,
): Promise<Box | undefined> {
  const head = Buffer.alloc(16);
  for (let at = from; at + 8 <= to;) {
    await file.read(head, 0, 16, at);
    let size = head.readUInt32BE(0);
    let start = at + 8;
    if (size === 1) {
      size = Number(head.readBigUInt64BE(8));
      start += 8;
    }
    const end = size === 0 ? to : at + size;
    if (head.toString('latin1', 4, 8) === type) return { start, end };
    if (end <= at) return undefined;
    at = end;
  }
  return undefined;
}

/** Content of a box within boxes, by the names on the way. */
export async function findPath(file: FileHandle, within: Box, ...types: string[]): Promise<Box | undefined> {
  let box: Box | undefined = within;
  for (const type of types) box = box && (await findBox(file, type, box.start, box.end));
  return box;
}

/** The bytes of a box's content. */
export async function readBox(file: FileHandle, { start, end }: Box): Promise<Buffer> {
  const bytes = Buffer.alloc(end - start);
  await file.read(bytes, 0, bytes.length, start);
  return bytes;
}

/** A number that is 32 bits wide in version 0 of a box and 64 in version 1. */
export function readWide(bytes: Buffer, at: number): number {
  return bytes[0] === 1 ? Number(bytes.readBigUInt64BE(at)) : bytes.readUInt32BE(at);
}

/** Writes such a number. */
export function writeWide(bytes: Buffer, at: number, value: number): void {
  if (bytes[0] === 1) bytes.writeBigUInt64BE(BigInt(value), at);
  else bytes.writeUInt32BE(Math.min(value, 0xffffffff), at);
}
