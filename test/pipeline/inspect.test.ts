import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { measureRate } from '../../src/media/frame-times.ts';
import { inspect } from '../../src/pipeline/inspect.ts';
import { cli } from '../helpers/cli.ts';
import { ffmpeg, temporaryFolder } from '../helpers/media.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  const scene = (filter: string, seconds: number): string[] => [
    ...['-f', 'lavfi', '-i', `${filter}${filter.includes('=') ? ':' : '='}s=320x180:r=30:d=${seconds}`],
  ];
  // Three scenes: cuts at frames 30 and 75. Then the same with a pause in it.
  await ffmpeg(
    ...scene('testsrc2', 1),
    ...scene('mandelbrot', 1.5).map((arg) =>
      arg.replace('mandelbrot=s=320x180:r=30:d=1.5', 'mandelbrot=s=320x180:r=30,trim=duration=1.5'),
    ),
    ...scene('smptebars', 1),
    ...['-f', 'lavfi', '-i', 'sine=d=3.5'],
    ...[
      '-filter_complex',
      '[0]setsar=1[a];[1]setsar=1[b];[2]setsar=1[c];[a][b][c]concat=n=3,format=yuv420p[v]',
    ],
    ...[
      '-map',
      '[v]',
      '-map',
      '3',
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-c:a',
      'aac',
      at('scenes.mp4'),
    ],
  );
});
afterAll(() => folder.remove());

it('finds streams, count, rate and scene cuts', async () => {
  const found = await inspect({ target: at('scenes.mp4'), scenes: true });
  expect(found.frameCount).toBe(105);
  expect(found.rate).toMatchObject({ kind: 'constant', mean: { num: 30, den: 1 } });
  expect(found.videoSeconds).toBeCloseTo(3.5, 6);
  expect(found.sceneCuts).toEqual([
    { frame: 30, seconds: 1 },
    { frame: 75, seconds: 2.5 },
  ]);
  expect(found.framesLost).toBe(0);
});

it('prints a report for people and one for programs', async () => {
  const people = await cli(['inspect', at('scenes.mp4')]);
  expect(people.exitCode).toBe(0);
  expect(people.stdout).toMatch(/frames +105, 30 a second, constant rate/);
  expect(people.stdout).toMatch(/scene cuts 1\.00 s \(frame 30\), 2\.50 s \(frame 75\)/);
  const programs = await cli(['inspect', at('scenes.mp4'), '--json', '--no-scenes']);
  const report = JSON.parse(programs.stdout) as { video: Record<string, unknown>; streams: unknown[] };
  expect(report.video).toMatchObject({
    codec: 'h264',
    width: 320,
    height: 180,
    frameCount: 105,
    rotationDegrees: 0,
  });
  expect(report.video['sceneCuts']).toBeUndefined();
  expect(report.streams).toHaveLength(2);
});

it('calls a rate variable when a frame is off by more than the rounding of a tick', () => {
  const ms = { num: 1, den: 1000 };
  const film = { num: 24000, den: 1001 };
  const rounded = Float64Array.from({ length: 100 }, (_, i) => Math.round((i * 1001) / 24));
  expect(measureRate(rounded, ms, film)).toMatchObject({ kind: 'constant', mean: film });
  rounded[50]! += 5;
  expect(measureRate(rounded, ms, film).kind).toBe('variable');
});
