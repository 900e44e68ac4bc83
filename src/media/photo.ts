import sharp from 'sharp';
import { InputError } from '../core/errors.ts';

/** A still picture, upright, 8-bit sRGB. */
export type Photo = {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** [H,W,3] RGB, interleaved. */
  readonly rgb: Uint8Array;
};

/**
 * Reads a photo (PNG, JPEG, WebP, AVIF, GIF, TIFF, and HEIC where sharp can), turned upright by its EXIF
 * orientation, in sRGB, transparent parts over grey.
 *
 * @param longestPx pictures with a longer side are scaled down to it
 * @throws {InputError} INPUT_UNREADABLE when it is missing or no picture that can be read
 */
export async function readPhoto(path: string, longestPx: number): Promise<Photo> {
  try {
    const { data, info } = await sharp(path, { failOn: 'error' })
      .rotate()
      .resize({ width: longestPx, height: longestPx, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .flatten({ background: { r: 128, g: 128, b: 128 } })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { path, width: info.width, height: info.height, rgb: toRgb(data, info.channels) };
  } catch (cause) {
    throw new InputError(`The photo ${path} cannot be read as a picture.`, {
      code: 'INPUT_UNREADABLE',
      hint: 'Use a PNG, JPEG, WebP or AVIF file that opens in a viewer.',
      cause,
    });
  }
}

function toRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const count = data.length / channels;
  const rgb = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = data[i * channels + (channels < 3 ? 0 : c)]!;
  }
  return rgb;
}
