import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundledPath, findFfmpeg, findFfprobe, type FoundFfmpeg } from '../../src/media/find.ts';
import { noForeignTables } from '../../src/media/no-foreign-tables.ts';

const run = promisify(execFile);

/** A temporary folder and what removes it. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'facet-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Runs the ffmpeg that test material is made with. */
export async function ffmpeg(...args: readonly string[]): Promise<void> {
  const found = await findFfmpeg();
  await run(found.path, ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args]);
}

/** ffmpeg's arguments for an output with every frame once, at its own time: -vsync is gone from later ones. */
export function everyFrame({ hasFpsMode }: FoundFfmpeg): readonly string[] {
  return [hasFpsMode ? '-fps_mode' : '-vsync', 'passthrough'];
}

/** The ffmpegs that everything must work with: the one found first and the bundled one of 2018. */
export const ffmpegs: readonly { readonly name: string; readonly env: Record<string, string | undefined> }[] =
  [
    { name: 'the ffmpeg found first', env: process.env },
    {
      name: 'the bundled ffmpeg',
      env: {
        ...process.env,
        FFMPEG_PATH: bundledPath('@ffmpeg-installer/ffmpeg'),
        FFPROBE_PATH: bundledPath('@ffprobe-installer/ffprobe'),
      },
    },
  ];

async function probeLines(path: string, ...args: readonly string[]): Promise<string[]> {
  const found = await findFfprobe();
  const { stdout } = await run(found.path, ['-v', 'error', ...args, '-of', 'csv=p=0', path], {
    env: { ...process.env, ...noForeignTables },
    maxBuffer: 1 << 28,
  });
  return stdout
    .split('\n')
    .map((line) => line.replace(/,+$/, ''))
    .filter((line) => line !== '');
}

/** Presentation times of a stream's packets in seconds as exact fractions `ticks*num/den`, ascending, from the first. */
export async function packetTimes(
  path: string,
  stream = 'v:0',
): Promise<{ ticks: number[]; timeBase: string }> {
  const [timeBase = ''] = await probeLines(
    path,
    '-select_streams',
    stream,
    '-show_entries',
    'stream=time_base',
  );
  const lines = await probeLines(path, '-select_streams', stream, '-show_entries', 'packet=pts,flags');
  const ticks = lines
    .filter((line) => !line.includes('D'))
    .map((line) => Number(line.split(',')[0]))
    .sort((a, b) => a - b);
  return { ticks, timeBase };
}

/** Times relative to the first one, in ticks of 1/`perSecond` s; throws when they do not fit. */
export async function relativeTimes(path: string, perSecond: number, stream = 'v:0'): Promise<number[]> {
  const { ticks, timeBase } = await packetTimes(path, stream);
  const [num = 0, den = 1] = timeBase.split('/').map(Number);
  const first = ticks[0] ?? 0;
  return ticks.map((tick) => ((tick - first) * num * perSecond) / den);
}

/** Values of one stream's (or the format's) entries, by name. */
export async function entries(
  path: string,
  names: string,
  stream = 'v:0',
): Promise<Readonly<Record<string, string>>> {
  const found = await findFfprobe();
  const { stdout } = await run(
    found.path,
    [
      ...['-v', 'error', '-select_streams', stream, '-show_entries', `stream=${names}`],
      ...['-of', 'default=nw=1', path],
    ],
    { env: { ...process.env, ...noForeignTables } },
  );
  return Object.fromEntries(
    stdout
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** MD5 of every decoded frame, without times. */
export async function frameHashes(path: string, ...options: readonly string[]): Promise<string[]> {
  const found = await findFfmpeg();
  const { stdout } = await run(
    found.path,
    [
      ...['-v', 'error', '-noautorotate', '-i', path, '-map', '0:v:0', ...everyFrame(found), ...options],
      ...['-f', 'framemd5', '-'],
    ],
    { maxBuffer: 1 << 28 },
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}

/** MD5 of the bytes of all packets of a stream, as they lie in the file. */
export async function streamHash(path: string, stream: string): Promise<string> {
  const found = await findFfmpeg();
  const { stdout } = await run(found.path, [
    ...['-v', 'error', '-i', path, '-map', `0:${stream}`, '-c', 'copy', '-f', 'md5', '-'],
  ]);
  return stdout.trim();
}

/** All pictures of a clip as yuv420p, one buffer a frame. */
export async function decodedFrames(path: string, width: number, height: number): Promise<Buffer[]> {
  const found = await findFfmpeg();
  const { stdout } = await run(
    found.path,
    [
      ...['-v', 'error', '-i', path, '-map', '0:v:0', ...everyFrame(found)],
      ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'],
    ],
    { encoding: 'buffer', maxBuffer: 1 << 30 },
  );
  const size = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
  return Array.from({ length: stdout.length / size }, (_, i) => stdout.subarray(i * size, (i + 1) * size));
}
