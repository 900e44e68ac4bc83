import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFfmpeg } from '../../src/media/find.ts';
import { probeMedia } from '../../src/media/probe.ts';
import { finishMp4 } from '../../src/media/finish-mp4.ts';
import {
  entries,
  everyFrame,
  ffmpeg,
  ffmpegs,
  frameHashes,
  packetTimes,
  relativeTimes,
  streamHash,
  temporaryFolder,
} from '../helpers/media.ts';
import { pass } from '../helpers/pass.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

const source = (options = ''): string[] => ['-f', 'lavfi', '-i', `testsrc2=s=160x90:r=30${options}`];
const sine = (frequency = 440, seconds = 2): string[] => [
  '-f',
  'lavfi',
  '-i',
  `sine=f=${frequency}:d=${seconds}`,
];
const fast = ['-c:v', 'libx264', '-preset', 'ultrafast'];

beforeAll(async () => {
  folder = await temporaryFolder();
  await ffmpeg(
    ...source(':d=2'),
    ...sine(),
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-c:a', 'aac', '-shortest', at('plain.mp4')],
  );
  const keptTimes = everyFrame(await findFfmpeg());
  // 157 of 240 frames, at uneven distances. By way of NUT: the ffmpeg of 2018 gives the last frame that it encodes
  // into mp4 no duration, and hides it by an edit list.
  await ffmpeg(
    ...source(':d=8'),
    ...['-vf', "settb=1/90000,select='lt(mod(n*n,23),15)',setpts=PTS+mod(N\\,3)*7"],
    ...['-frames:v', '157', ...keptTimes, '-enc_time_base', '1/90000', ...fast, at('vfr.nut')],
  );
  await ffmpeg('-i', at('vfr.nut'), '-c', 'copy', '-video_track_timescale', '90000', at('vfr.mp4'));
  await rm(at('vfr.nut'));
});
afterAll(() => folder.remove());

describe.each(ffmpegs)('runVideo with $name', ({ env }) => {
  const run = (
    target: string,
    output: string,
    more: Parameters<typeof pass>[2] = {},
  ): ReturnType<typeof pass> => pass(at(target), at(output), { env, ...more });

  it('keeps count, timestamps, frame rate and duration of a plain clip with B-frames', async () => {
    const { finished } = await run('plain.mp4', 'out.mp4');
    expect(finished.frames).toBe(60);
    expect(finished.framesLost).toBe(0);
    expect(await packetTimes(at('out.mp4'))).toEqual(await packetTimes(at('plain.mp4')));
    const names = 'codec_name,r_frame_rate,avg_frame_rate,duration_ts,nb_frames,sample_aspect_ratio,level';
    expect(await entries(at('out.mp4'), names)).toMatchObject({
      r_frame_rate: '30/1',
      avg_frame_rate: '30/1',
      nb_frames: '60',
      duration_ts: (await entries(at('plain.mp4'), names))['duration_ts'],
    });
    expect(Number((await entries(at('out.mp4'), names))['level'])).toBeLessThan(20);
  });

  it('copies the sound bit-exact', async () => {
    await run('plain.mp4', 'sound.mp4');
    expect(await streamHash(at('sound.mp4'), 'a:0')).toBe(await streamHash(at('plain.mp4'), 'a:0'));
    expect(await packetTimes(at('sound.mp4'), 'a:0')).toEqual(await packetTimes(at('plain.mp4'), 'a:0'));
  });

  it('keeps a variable frame rate tick for tick', async () => {
    const { finished } = await run('vfr.mp4', 'vfr-out.mp4', { encode: { preset: 'ultrafast' } });
    const before = await packetTimes(at('vfr.mp4'));
    expect(new Set(before.ticks.slice(1).map((t, i) => t - before.ticks[i]!)).size).toBeGreaterThan(3);
    expect(finished.frames).toBe(157);
    expect(await packetTimes(at('vfr-out.mp4'))).toEqual(before);
    const duration = async (name: string): Promise<string | undefined> =>
      (await entries(at(name), 'duration_ts'))['duration_ts'];
    expect(await duration('vfr-out.mp4')).toBe(await duration('vfr.mp4'));
  });

  it('keeps times to the millisecond in mkv and says that it rounds', async () => {
    const { events } = await run('vfr.mp4', 'vfr.mkv');
    const [a, b] = await Promise.all([
      relativeTimes(at('vfr.mp4'), 1000),
      relativeTimes(at('vfr.mkv'), 1000),
    ]);
    expect(b).toHaveLength(157);
    expect(b.every((time, i) => Math.abs(time - a[i]!) <= 1)).toBe(true);
    expect(JSON.stringify(events[0])).toContain('milliseconds');
  });

  it('keeps the time base and times of a millisecond mkv when it becomes an mp4', async () => {
    await ffmpeg('-i', at('vfr.mp4'), '-c', 'copy', at('ms.mkv'));
    await run('ms.mkv', 'ms.mp4');
    expect(await relativeTimes(at('ms.mp4'), 1000)).toEqual(await relativeTimes(at('ms.mkv'), 1000));
  });

  it.each(['yuv420p', 'yuv422p10le', 'yuv444p', 'yuv420p10le', 'yuv422p', 'yuv444p10le'])(
    'passes %s through unchanged into ffv1',
    async (format) => {
      await ffmpeg(...source(':d=0.5'), '-pix_fmt', format, '-c:v', 'ffv1', at(`${format}.mkv`));
      await run(`${format}.mkv`, `${format}-out.mkv`, { encode: { codec: 'ffv1' } });
      const hashes = await frameHashes(at(`${format}.mkv`));
      expect(hashes).toHaveLength(15);
      expect(await frameHashes(at(`${format}-out.mkv`))).toEqual(hashes);
      expect((await entries(at(`${format}-out.mkv`), 'pix_fmt'))['pix_fmt']).toBe(format);
    },
  );

  it('passes odd sizes through unchanged', async () => {
    await ffmpeg(
      ...source(':d=0.3').map((arg) => arg.replace('160x90', '161x91')),
      '-pix_fmt',
      'yuv420p',
      '-c:v',
      'ffv1',
      at('odd.mkv'),
    );
    await run('odd.mkv', 'odd-out.mkv', { encode: { codec: 'ffv1' } });
    const hashes = await frameHashes(at('odd.mkv'));
    expect(hashes.length).toBe(9);
    expect(await frameHashes(at('odd-out.mkv'))).toEqual(hashes);
  });

  it('keeps full range and its tags', async () => {
    await ffmpeg(
      ...source(':d=0.3'),
      ...['-vf', 'scale=out_range=full,format=yuvj420p', '-color_range', 'pc', '-colorspace', 'bt709'],
      ...['-color_primaries', 'bt709', '-color_trc', 'bt709', ...fast, '-qp', '0', at('full.mp4')],
    );
    await run('full.mp4', 'full-out.mp4', { encode: { crf: 0 } });
    const names = 'color_range,color_space,color_primaries,color_transfer';
    const tags = await entries(at('full-out.mp4'), names);
    expect(tags).toEqual({
      color_range: 'pc',
      color_space: 'bt709',
      color_primaries: 'bt709',
      color_transfer: 'bt709',
    });
    expect(await frameHashes(at('full-out.mp4'), '-c:v', 'rawvideo')).toEqual(
      await frameHashes(at('full.mp4'), '-c:v', 'rawvideo'),
    );
  });

  it('keeps sample aspect ratio and BT.601 tags', async () => {
    await ffmpeg(
      ...source(':d=0.3'),
      ...['-vf', 'setsar=16/11', '-colorspace', 'smpte170m', '-color_primaries', 'smpte170m'],
      ...['-color_trc', 'smpte170m', '-color_range', 'tv', ...fast, '-pix_fmt', 'yuv420p', at('sar.mp4')],
    );
    await run('sar.mp4', 'sar-out.mp4');
    expect(
      await entries(
        at('sar-out.mp4'),
        'sample_aspect_ratio,color_range,color_space,color_primaries,color_transfer',
      ),
    ).toEqual({
      sample_aspect_ratio: '16:11',
      color_range: 'tv',
      color_space: 'smpte170m',
      color_primaries: 'smpte170m',
      color_transfer: 'smpte170m',
    });
  });

  it('keeps 10 bits in h265 with an HDR transfer', async () => {
    await ffmpeg(
      ...source(':d=0.3'),
      ...['-pix_fmt', 'yuv420p10le', '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params'],
      ...[
        'log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:range=limited',
        at('hdr.mp4'),
      ],
    );
    await run('hdr.mp4', 'hdr-out.mp4', { encode: { preset: 'ultrafast' } });
    expect(
      await entries(at('hdr-out.mp4'), 'codec_name,pix_fmt,color_space,color_primaries,color_transfer'),
    ).toEqual({
      codec_name: 'hevc',
      pix_fmt: 'yuv420p10le',
      color_space: 'bt2020nc',
      color_primaries: 'bt2020',
      color_transfer: 'smpte2084',
    });
  });

  it.each([
    ['a quarter turn', [0, 65536, 0, -65536, 0, 0, 5898240, 0, 1073741824]],
    ['a half turn', [-65536, 0, 0, 0, -65536, 0, 10485760, 5898240, 1073741824]],
    ['a mirroring', [-65536, 0, 0, 0, 65536, 0, 10485760, 0, 1073741824]],
  ])('keeps %s in mp4 and turns the pixels for mkv', async (_name, matrix) => {
    await ffmpeg('-i', at('plain.mp4'), '-c', 'copy', at('turned.mp4'));
    await finishMp4(at('turned.mp4'), { displayMatrix: matrix });
    expect((await probeMedia(at('turned.mp4'))).video.displayMatrix).toEqual(matrix);
    await run('turned.mp4', 'turned-out.mp4');
    expect((await probeMedia(at('turned-out.mp4'))).video.displayMatrix).toEqual(matrix);
    await run('turned.mp4', 'turned.mkv', { encode: { codec: 'ffv1' } });
    const upright = await frameHashes(at('turned.mkv'));
    await ffmpeg('-i', at('turned.mp4'), '-c:v', 'ffv1', '-an', at('upright.mkv'));
    if (matrix[0] !== -65536 || matrix[4] !== 65536) {
      expect(upright).toEqual(await frameHashes(at('upright.mkv')));
    }
    const { video } = await probeMedia(at('turned.mkv'));
    expect([video.width, video.height]).toEqual(matrix[0] === 0 ? [90, 160] : [160, 90]);
  });

  it('starts a transport stream at zero and keeps picture and sound together', async () => {
    await ffmpeg('-i', at('plain.mp4'), '-c', 'copy', at('late.ts'));
    const offset = async (name: string): Promise<number> => {
      const [v, a] = await Promise.all([
        entries(at(name), 'start_time'),
        entries(at(name), 'start_time', 'a:0'),
      ]);
      return Number(v['start_time']) - Number(a['start_time']);
    };
    await run('late.ts', 'late.mp4');
    expect(await relativeTimes(at('late.mp4'), 90000)).toEqual(await relativeTimes(at('late.ts'), 90000));
    const start = (await probeMedia(at('late.mp4'))).startSeconds ?? 9;
    expect(Math.abs(start)).toBeLessThan(0.03);
    expect(Math.abs((await offset('late.mp4')) - (await offset('late.ts')))).toBeLessThan(0.001);
  });

  it('keeps the times of a stream that starts before zero', async () => {
    await ffmpeg(
      ...['-copyts', '-i', at('plain.mp4'), '-c', 'copy', '-output_ts_offset', '-0.5'],
      ...['-avoid_negative_ts', 'disabled', at('early.mp4')],
    );
    const before = await packetTimes(at('early.mp4'));
    expect(before.ticks.length).toBeLessThan(50);
    const { finished } = await run('early.mp4', 'early-out.mp4');
    expect(finished.frames).toBe(before.ticks.length);
    expect(finished.framesLost).toBe(0);
    expect(await packetTimes(at('early-out.mp4'))).toEqual(before);
    const start = await entries(at('early-out.mp4'), 'start_time', 'a:0');
    expect(Math.abs(Number(start['start_time']))).toBeLessThan(0.025);
  });

  it('works where packets have no presentation times', async () => {
    await ffmpeg(...source(':d=1'), '-c:v', 'mpeg4', at('old.avi'));
    const { finished } = await run('old.avi', 'old.mp4');
    expect(finished.frames).toBe(30);
    expect(finished.framesLost).toBe(0);
    expect(await relativeTimes(at('old.mp4'), 30)).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  it('shows only what an edit list shows', async () => {
    // Cutting with stream copy leaves frames before the cut, hidden by an edit list.
    await ffmpeg('-ss', '0.73', '-i', at('plain.mp4'), '-c', 'copy', at('edit.mp4'));
    const shown = await packetTimes(at('edit.mp4'));
    const { finished } = await run('edit.mp4', 'edit-out.mp4', { encode: { crf: 0 } });
    expect(finished.frames).toBe(shown.ticks.length);
    expect(finished.framesLost).toBe(0);
    expect(await relativeTimes(at('edit-out.mp4'), 15360)).toEqual(
      await relativeTimes(at('edit.mp4'), 15360),
    );
    expect(await frameHashes(at('edit-out.mp4'))).toEqual(await frameHashes(at('edit.mp4')));
  });

  it('works without a declared number of frames', async () => {
    await ffmpeg('-i', at('plain.mp4'), '-c', 'copy', at('count.mkv'));
    expect((await probeMedia(at('count.mkv'))).video.declaredFrames).toBeUndefined();
    const { events, finished } = await run('count.mkv', 'count.mp4');
    expect(events[0]).toMatchObject({ event: 'started', framesExpected: 60 });
    expect(finished.frames).toBe(60);
  });

  it('adds no picture where the sound is longer and cuts none where it is shorter', async () => {
    await ffmpeg(...source(':d=2'), ...sine(440, 5), ...fast, '-c:a', 'aac', at('long.mp4'));
    await ffmpeg(...source(':d=2'), ...sine(440, 1), ...fast, '-c:a', 'aac', at('short.mp4'));
    for (const name of ['long', 'short']) {
      const { finished } = await run(`${name}.mp4`, `${name}-out.mp4`);
      expect(finished.frames).toBe(60);
      expect(await streamHash(at(`${name}-out.mp4`), 'a:0')).toBe(await streamHash(at(`${name}.mp4`), 'a:0'));
      expect((await entries(at(`${name}-out.mp4`), 'duration'))['duration']).toBe('2.000000');
    }
  });

  it('keeps every audio track, subtitles, chapters, metadata and the cover', async () => {
    await writeFile(at('sub.srt'), '1\n00:00:00,200 --> 00:00:01,500\nHello there\n');
    await writeFile(
      at('meta.txt'),
      ';FFMETADATA1\ntitle=A title\nartist=Someone\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Two\n',
    );
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=64x64', '-frames:v', '1', at('cover.png'));
    await ffmpeg(
      ...source(':d=2'),
      ...sine(440),
      ...sine(660),
      ...['-i', at('sub.srt'), '-i', at('cover.png'), '-i', at('meta.txt')],
      ...['-map', '0', '-map', '1', '-map', '2', '-map', '3', '-map', '4', '-map_metadata', '5'],
      ...['-map_chapters', '5', '-c:v:0', 'libx264', '-preset', 'ultrafast', '-c:v:1', 'copy'],
      ...['-disposition:v:1', 'attached_pic', '-c:a', 'aac', '-c:s', 'mov_text'],
      ...[
        '-metadata:s:a:0',
        'language=eng',
        '-metadata:s:a:1',
        'language=fra',
        '-metadata:s:s:0',
        'language=eng',
      ],
      ...['-metadata', 'creation_time=2020-02-03T04:05:06Z', at('rich.mp4')],
    );
    const { events } = await run('rich.mp4', 'rich-out.mp4');
    expect(events[0]).toMatchObject({ leftOut: [] });
    const [before, after] = await Promise.all([probeMedia(at('rich.mp4')), probeMedia(at('rich-out.mp4'))]);
    expect(after.audio.map(({ language }) => language)).toEqual(['eng', 'fra']);
    expect(after.chapterCount).toBe(2);
    expect(after.tags).toMatchObject({
      title: 'A title',
      artist: 'Someone',
      creation_time: before.tags['creation_time'],
    });
    expect(after.streams.filter(({ kind }) => kind === 'subtitle').map(({ codec }) => codec)).toEqual([
      'mov_text',
    ]);
    expect(after.streams.some(({ isAttachedPicture }) => isAttachedPicture)).toBe(true);
    for (const stream of ['a:0', 'a:1', 's:0']) {
      expect(await streamHash(at('rich-out.mp4'), stream)).toBe(await streamHash(at('rich.mp4'), stream));
    }
    await run('rich.mp4', 'rich-out.mkv');
    const mkv = await probeMedia(at('rich-out.mkv'));
    expect(mkv.audio).toHaveLength(2);
    expect(mkv.chapterCount).toBe(2);
    expect(mkv.streams.filter(({ kind }) => kind === 'subtitle').map(({ codec }) => codec)).toEqual([
      'subrip',
    ]);
  });

  it('drops the sound when asked', async () => {
    await run('plain.mp4', 'mute.mp4', { encode: { audio: 'none' } });
    expect((await probeMedia(at('mute.mp4'))).audio).toHaveLength(0);
  });

  it('re-encodes sound that the container cannot hold, and says so', async () => {
    const { events } = await run('plain.mp4', 'small.webm', { encode: { preset: '8' } });
    expect(JSON.stringify(events[0])).toContain('re-encoded as opus');
    const media = await probeMedia(at('small.webm'));
    expect(media.audio.map(({ codec }) => codec)).toEqual(['opus']);
    expect(media.video.codec).toBe('vp9');
    expect(await relativeTimes(at('small.webm'), 1000)).toHaveLength(60);
  });

  it.each([
    [{ kind: 'frames', first: 17, last: 40 }, 17, 40],
    [{ kind: 'time', startSeconds: 0.5, endSeconds: 1.2 }, 15, 35],
    [{ kind: 'time', startSeconds: 1.51, endSeconds: undefined }, 46, 59],
    [{ kind: 'frames', first: 0, last: 0 }, 0, 0],
  ] as const)('takes exactly the frames of %o', async (range, first, last) => {
    const { finished } = await run('plain.mp4', 'part.mkv', { range, encode: { codec: 'ffv1' } });
    expect(finished.frames).toBe(last - first + 1);
    const all = await frameHashes(at('plain.mp4'));
    expect(await frameHashes(at('part.mkv'))).toEqual(all.slice(first, last + 1));
    await run('plain.mp4', 'part.mp4', { range });
    const times = await packetTimes(at('part.mp4'));
    expect(times.ticks).toEqual(Array.from({ length: last - first + 1 }, (_, i) => i * 512));
    const seconds = (last - first + 1) / 30;
    const sound = Number((await entries(at('part.mp4'), 'duration', 'a:0'))['duration']);
    expect(Math.abs(sound - seconds)).toBeLessThan(0.05);
  });

  it('keeps the sound of a range in its place when it is encoded again', async () => {
    // Silence, and a tone from 2 s on.
    await ffmpeg(
      ...['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=4', '-f', 'lavfi'],
      ...['-i', 'aevalsrc=if(gte(t\\,2)\\,0.5*sin(2000*t)\\,0):d=4:s=16000'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '40', '-c:a', 'pcm_s16le', at('tone.mkv')],
    );
    const range = { kind: 'time', startSeconds: 1.5, endSeconds: 3 } as const;
    await run('tone.mkv', 'tone.mp4', { range });
    await ffmpeg(
      '-i',
      at('tone.mp4'),
      '-map',
      '0:a',
      '-f',
      's16le',
      '-ac',
      '1',
      '-ar',
      '16000',
      at('tone.raw'),
    );
    const raw = await readFile(at('tone.raw'));
    const samples = new Int16Array(raw.buffer, raw.byteOffset, raw.length / 2);
    const from = samples.findIndex((level) => Math.abs(level) > 3000) / 16_000;
    // AAC smears by a part of its frame of 64 ms.
    expect(Math.abs(from - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(samples.length / 16_000 - 1.5)).toBeLessThan(0.07);
  });

  it('takes exactly the frames of a range late in a file with many key frames', async () => {
    await ffmpeg(
      ...source(':d=6'),
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-g',
      '25',
      '-bf',
      '3',
      at('keys.mp4'),
    );
    const all = await frameHashes(at('keys.mp4'));
    for (const [first, last] of [
      [125, 131],
      [150, 150],
      [151, 179],
    ] as const) {
      const range = { kind: 'frames', first, last } as const;
      await run('keys.mp4', 'late.mkv', { range, encode: { codec: 'ffv1' } });
      expect(await frameHashes(at('late.mkv'))).toEqual(all.slice(first, last + 1));
    }
  });

  it('leaves nothing but its outputs', async () => {
    const names = await readdir(folder.path);
    expect(names.filter((name) => name.includes('facet-part'))).toEqual([]);
    await rm(at('late.mkv'), { force: true });
  });
});
