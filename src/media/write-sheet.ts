import { rename, rm } from 'node:fs/promises';
import sharp from 'sharp';
import { OutputError } from '../core/errors.ts';

/** A small square picture, [S,S,3] RGB. */
export type Thumbnail = Uint8Array;

/** A row of the sheet: what stands left of it, and its pictures. */
export type SheetRow = { readonly lines: readonly string[]; readonly pictures: readonly Thumbnail[] };

const gap = 4;
const wordsWidth = 220;

/**
 * Writes a sheet of pictures, a row a line, as PNG; complete or not at all.
 *
 * @param size side S of the pictures
 * @throws {OutputError} when it cannot be written
 */
export async function writeSheet(path: string, rows: readonly SheetRow[], size: number): Promise<void> {
  const columns = Math.max(1, ...rows.map(({ pictures }) => pictures.length));
  const width = wordsWidth + columns * (size + gap) + gap;
  const height = Math.max(1, rows.length) * (size + gap) + gap;
  const layers = rows.flatMap(({ lines, pictures }, r) => {
    const top = gap + r * (size + gap);
    return [
      { input: words(lines, size), left: gap, top },
      ...pictures.map((picture, p) => ({
        input: Buffer.from(picture),
        raw: { width: size, height: size, channels: 3 as const },
        left: wordsWidth + p * (size + gap),
        top,
      })),
    ];
  });
  const part = `${path}.facet-part`;
  try {
    await sharp({ create: { width, height, channels: 3, background: '#202226' } })
      .composite(layers)
      .png()
      .toFile(part);
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true });
    throw new OutputError(`The sheet ${path} cannot be written.`, {
      code: 'OUTPUT_NOT_WRITABLE',
      hint: 'Check that its folder is there and can be written to.',
      cause,
    });
  }
}

function words(lines: readonly string[], size: number): Buffer {
  const texts = lines.map((line, i) => {
    const look = i === 0 ? 'font-size="22" font-weight="bold" fill="#fff"' : 'font-size="13" fill="#b8bcc4"';
    return `<text x="8" y="${26 + i * 19}" font-family="sans-serif" ${look}>${line.replace(/[<&]/g, '')}</text>`;
  });
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wordsWidth - 2 * gap}" height="${size}">${texts.join('')}</svg>`,
  );
}
