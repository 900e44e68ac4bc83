import { open, type FileHandle } from 'node:fs/promises';
import type { DisplayMatrix } from '../core/media.ts';

/**
 * Writes a display matrix into the video tracks of a finished mp4 or mov, in place: the nine numbers of the
 * track header. ffmpeg's own ways changed from version to version and lose mirrorings.
 *
 * @throws {Error} when the file has no video track header
 */
export async function writeDisplayMatrix(path: string, matrix: DisplayMatrix): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const moov = await findBox(file, 'moov', 0, size);
    if (!moov) throw new Error(`${path} has no moov box.`);
    let written = 0;
    for (let at = moov.start; at < moov.end;) {
      const trak = await findBox(file, 'trak', at, moov.end);
      if (!trak) break;
      at = trak.end;
      const header = await findBox(file, 'tkhd', trak.start, trak.end);
      if (!header || !(await isVideo(file, trak))) continue;
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, header.start);
      // Version, flags, times and layer come before; version 1 has 64-bit times.
      const place = header.start + (buffer[0] === 1 ? 52 : 40);
      const bytes = Buffer.alloc(36);
      matrix.forEach((value, i) => bytes.writeInt32BE(value, 4 * i));
      await file.write(bytes, 0, 36, place);
      written += 1;
      // The picture is the first video track; a cover follows it.
      break;
    }
    if (written === 0) throw new Error(`${path} has no video track.`);
  } finally {
    await file.close();
  }
}

type Box = { readonly start: number; readonly end: number };

/** Content of the first box of a type between two places. */
async function findBox(file: FileHandle, type: string, from: number, to: number): Promise<Box | undefined> {
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

async function isVideo(file: FileHandle, trak: Box): Promise<boolean> {
  const mdia = await findBox(file, 'mdia', trak.start, trak.end);
  const hdlr = mdia && (await findBox(file, 'hdlr', mdia.start, mdia.end));
  if (!hdlr) return false;
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, hdlr.start + 8);
  return buffer.toString('latin1') === 'vide';
}
