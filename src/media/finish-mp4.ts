import { open, type FileHandle } from 'node:fs/promises';
import type { DisplayMatrix } from '../core/media.ts';
import { findBox, findPath, readBox, readWide, writeWide, type Box } from './mp4-boxes.ts';

/** What ffmpeg does not write, or not every version of it, or not exactly. */
export type Mp4Facts = {
  /** Nine numbers for the track header. ffmpeg's own ways changed from version to version and lose mirrorings. */
  readonly displayMatrix?: DisplayMatrix | undefined;
  /** From the first frame's beginning to the last one's end, and the last one alone; in ticks of 1/`timescale` s. */
  readonly duration?:
    { readonly total: number; readonly last: number; readonly timescale: number } | undefined;
};

/**
 * Corrects the picture's track of a finished mp4 or mov in place: display matrix, and how long the last frame
 * is shown (raw frames have no durations; ffmpeg guesses the last one, and old versions guess 0, which hides it).
 *
 * @throws {Error} when the file has no video track
 */
export async function finishMp4(path: string, { displayMatrix, duration }: Mp4Facts): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const moov = await findBox(file, 'moov', 0, size);
    const trak = moov && (await findVideoTrack(file, moov));
    if (!moov || !trak) throw new Error(`${path} has no video track.`);
    if (displayMatrix) await writeMatrix(file, trak, displayMatrix);
    if (duration) await writeDuration(file, moov, trak, duration);
  } finally {
    await file.close();
  }
}

/** The first video track: the picture; a cover follows it. */
async function findVideoTrack(file: FileHandle, moov: Box): Promise<Box | undefined> {
  for (let at = moov.start; at < moov.end;) {
    const trak = await findBox(file, 'trak', at, moov.end);
    if (!trak) return undefined;
    const handler = await findPath(file, trak, 'mdia', 'hdlr');
    if (handler && (await readBox(file, handler)).toString('latin1', 8, 12) === 'vide') return trak;
    at = trak.end;
  }
  return undefined;
}

/** Version, flags, times and layer come before the matrix; version 1 has 64-bit times. */
async function writeMatrix(file: FileHandle, trak: Box, matrix: DisplayMatrix): Promise<void> {
  const header = await findPath(file, trak, 'tkhd');
  if (!header) return;
  const bytes = await readBox(file, header);
  const place = bytes[0] === 1 ? 52 : 40;
  matrix.forEach((value, i) => bytes.writeInt32BE(value, place + 4 * i));
  await file.write(bytes, 0, bytes.length, header.start);
}

async function writeDuration(
  file: FileHandle,
  moov: Box,
  trak: Box,
  { total, last, timescale }: NonNullable<Mp4Facts['duration']>,
): Promise<void> {
  const [mvhd, tkhd, mdhd, stts, elst] = await Promise.all([
    findPath(file, moov, 'mvhd'),
    findPath(file, trak, 'tkhd'),
    findPath(file, trak, 'mdia', 'mdhd'),
    findPath(file, trak, 'mdia', 'minf', 'stbl', 'stts'),
    findPath(file, trak, 'edts', 'elst'),
  ]);
  if (!mvhd || !tkhd || !mdhd || !stts) return;
  const media = await readBox(file, mdhd);
  const isWide = media[0] === 1;
  const trackScale = media.readUInt32BE(isWide ? 20 : 12);
  // ffmpeg chose another unit than was asked for: leave its numbers alone.
  if (trackScale % timescale !== 0) return;
  const factor = trackScale / timescale;

  const steps = await readBox(file, stts);
  const entry = 8 + 8 * (steps.readUInt32BE(4) - 1);
  // A run of several frames ends with one like the others: nothing to correct.
  if (steps.readUInt32BE(entry) === 1) steps.writeUInt32BE(last * factor, entry + 4);
  await file.write(steps, 0, steps.length, stts.start);

  writeWide(media, isWide ? 24 : 16, total * factor);
  await file.write(media, 0, media.length, mdhd.start);

  const movie = await readBox(file, mvhd);
  const movieScale = movie.readUInt32BE(movie[0] === 1 ? 20 : 12);
  const shown = Math.ceil((total * movieScale) / timescale);
  let before = 0;
  if (elst) {
    const edits = await readBox(file, elst);
    const width = edits[0] === 1 ? 20 : 12;
    const count = edits.readUInt32BE(4);
    for (let i = 0; i < count; i++) {
      const place = 8 + width * i;
      if (i < count - 1) before += readWide(edits, place);
      else writeWide(edits, place, shown);
    }
    await file.write(edits, 0, edits.length, elst.start);
  }
  const track = await readBox(file, tkhd);
  writeWide(track, track[0] === 1 ? 28 : 20, before + shown);
  await file.write(track, 0, track.length, tkhd.start);

  const place = movie[0] === 1 ? 24 : 16;
  if (readWide(movie, place) < before + shown) {
    writeWide(movie, place, before + shown);
    await file.write(movie, 0, movie.length, mvhd.start);
  }
}
