import { spawn } from 'node:child_process';
import { findFfmpeg } from '../src/media/find.ts';

/**
 * Decodes a video with plain ffmpeg, apart from everything that is being measured: one interleaved RGB (or grey)
 * picture at a time.
 */
export async function* rawFrames(
  path: string,
  width: number,
  height: number,
  kind: 'rgb24' | 'gray' = 'rgb24',
): AsyncGenerator<Uint8Array> {
  const size = width * height * (kind === 'rgb24' ? 3 : 1);
  const ffmpeg = await findFfmpeg();
  const child = spawn(
    ffmpeg.path,
    [
      ...['-v', 'error', '-i', path, '-map', '0:v:0'],
      ...[ffmpeg.hasFpsMode ? '-fps_mode' : '-vsync', 'passthrough'],
      ...['-sws_flags', 'accurate_rnd+full_chroma_int'],
      ...['-f', 'rawvideo', '-pix_fmt', kind, '-'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let kept: Buffer[] = [];
  let have = 0;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      kept.push(chunk);
      have += chunk.length;
      if (have < size) continue;
      const all = Buffer.concat(kept);
      let at = 0;
      for (; at + size <= all.length; at += size) yield new Uint8Array(all.subarray(at, at + size));
      kept = [all.subarray(at)];
      have = all.length - at;
    }
  } finally {
    child.kill('SIGKILL');
  }
}
