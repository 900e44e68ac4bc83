import { join } from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';
import { probeFrames } from '../src/media/frame-times.ts';
import { rawFrames } from './raw-frames.ts';

/** How many moments of a clip are shown. */
const moments = 5;
const cellHeight = 200;

/**
 * Writes a sheet: a row for each of a few moments, with target, result, truth and their difference (four-fold,
 * around grey), and the source at the left.
 */
export async function writeSheet(
  name: string,
  folder: string,
  triple: {
    readonly source: string;
    readonly target: string;
    readonly truth: string;
  },
  result: string,
  path: string,
): Promise<void> {
  const { width, height } = (await probeFrames(result, {})).media.video;
  const clips = [join(folder, triple.target), result, join(folder, triple.truth)];
  const total = await countFrames(result, width, height);
  const wanted = [
    ...new Set(Array.from({ length: moments }, (_, i) => Math.floor(((i + 0.5) * total) / moments))),
  ];
  const pictures = await Promise.all(clips.map((clip) => pick(clip, width, height, wanted)));
  const cellWidth = Math.round((cellHeight * width) / height);
  const cells: OverlayOptions[] = [];
  const cell = async (data: Uint8Array, row: number, column: number): Promise<void> => {
    const input = await sharp(data, { raw: { width, height, channels: 3 } })
      .resize(cellWidth, cellHeight)
      .png()
      .toBuffer();
    cells.push({ input, left: (column + 1) * cellWidth, top: row * cellHeight });
  };
  for (let row = 0; row < wanted.length; row++) {
    const [target, swapped, truth] = pictures.map((list) => list[row]);
    if (!target || !swapped || !truth) throw new Error(`${name}: frame ${wanted[row]} is missing in a clip.`);
    const difference = swapped.map((v, i) => Math.min(255, Math.max(0, 128 + 4 * (v - truth[i]!))));
    for (const [column, picture] of [target, swapped, truth, difference].entries()) {
      await cell(picture, row, column);
    }
  }
  cells.push({
    input: await sharp(join(folder, triple.source))
      .resize(cellWidth, cellHeight, { fit: 'inside' })
      .toBuffer(),
    left: 0,
    top: 0,
  });
  await sharp({
    create: { width: 5 * cellWidth, height: moments * cellHeight, channels: 3, background: '#202020' },
  })
    .composite(cells)
    .png()
    .toFile(path);
}

async function countFrames(path: string, width: number, height: number): Promise<number> {
  let count = 0;
  for await (const picture of rawFrames(path, width, height)) count += picture.length > 0 ? 1 : 0;
  return count;
}

async function pick(
  path: string,
  width: number,
  height: number,
  wanted: readonly number[],
): Promise<readonly Uint8Array[]> {
  const found: Uint8Array[] = [];
  let index = 0;
  for await (const picture of rawFrames(path, width, height)) {
    if (wanted.includes(index++)) found.push(picture);
    if (found.length === wanted.length) break;
  }
  return found;
}
