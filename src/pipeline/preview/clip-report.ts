import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { MediaInfo } from '../../core/media.ts';
import type { FrameSpan } from '../frame-range.ts';
import type { Clip } from './clip.ts';
import type { ClipReport } from './report.ts';

/** Clips larger than this lie beside the page only. */
const mostBytes = 24e6;

/** What the page says of a clip, and the clip itself where it fits. */
export async function clipReport(
  { width, height, seconds }: Clip,
  { first, last }: FrameSpan,
  path: string,
  media: MediaInfo,
): Promise<ClipReport> {
  const { size } = await stat(path);
  return {
    file: basename(path),
    width,
    height,
    seconds,
    first,
    last,
    hasSound: media.audio.length > 0,
    data: size > mostBytes ? undefined : (await readFile(path)).toString('base64'),
  };
}
