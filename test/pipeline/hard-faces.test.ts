import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrackedFace } from '../../src/core/faces.ts';
import type { Range } from '../../src/core/range.ts';
import { boxOverlap } from '../../src/ops/geometry/boxes.ts';
import { findFaces } from '../../src/pipeline/find-faces.ts';
import { readLikeness } from '../../src/pipeline/likeness.ts';
import { follow } from '../helpers/follow.ts';
import { ffmpeg, temporaryFolder } from '../helpers/media.ts';
import { openMini } from '../helpers/mini-nets.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const sample = (name: string): string => join(root, 'samples', name);

type Truth = {
  readonly frames: readonly {
    readonly faces: readonly {
      readonly person: string;
      readonly box: readonly [number, number, number, number];
      readonly pose: readonly [number, number, number];
    }[];
  }[];
};

const truthOf = (path: string): Truth => JSON.parse(gunzipSync(readFileSync(path)).toString()) as Truth;

/** Faces of every frame, with the bundled networks. */
const facesOf = async (target: string, range?: Range): Promise<(readonly TrackedFace[])[]> =>
  (await follow(target, { open: openMini }, range)).map(({ faces }) => faces);

describe('hard cases', { timeout: 240_000 }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder.remove());

  it('follows a head from one profile to the other and back as one person', async () => {
    const fixtures = join(root, 'test', 'fixtures', 'faces');
    const { frames } = truthOf(join(fixtures, 'turn.json.gz'));
    const seen = await facesOf(join(fixtures, 'turn.mp4'));
    expect(seen.length).toBe(frames.length);
    expect(new Set(seen.flatMap((faces) => faces.map(({ trackId }) => trackId)))).toEqual(new Set([0]));
    const within = (limit: number): number[] => [...frames.keys()].filter((i) => yawOf(i) <= limit);
    const yawOf = (i: number): number => Math.abs(frames[i]!.faces[0]!.pose[0]);
    const isFound = (i: number): boolean => {
      const [x, y, w, h] = frames[i]!.faces[0]!.box;
      return seen[i]!.some(({ box }) => boxOverlap(box, { x, y, w, h }) > 0.4);
    };
    expect(within(60).every(isFound)).toBe(true);
    expect(within(90).filter(isFound).length).toBeGreaterThanOrEqual(0.8 * frames.length);
    // The side that it looks to, and roughly how far; never a number that is none.
    for (const [i, faces] of seen.entries()) {
      for (const { shape } of faces) {
        expect(shape.points.every(Number.isFinite)).toBe(true);
        if (yawOf(i) < 20) continue;
        expect(Math.sign(shape.pose.yaw)).toBe(Math.sign(frames[i]!.faces[0]!.pose[0]));
      }
    }
  });

  it('keeps a person, their mirror image and a portrait on the wall apart', async () => {
    const path = join(folder.path, 'mirror.mkv');
    await ffmpeg(
      ...['-f', 'lavfi', '-i', 'color=0x607080:s=1280x540:r=25:d=1.6', '-i', sample('talk.mp4')],
      ...['-loop', '1', '-framerate', '25', '-t', '1.6', '-i', sample('source-2.png'), '-filter_complex'],
      [
        '[1]trim=end=1.6,setsar=1,split[a][b];[b]hflip[mirrored];[2]scale=120:-2[portrait]',
        '[0][a]overlay=0:0:shortest=1[x];[x][mirrored]overlay=640:0[y];[y][portrait]overlay=580:380',
      ].join(';'),
      ...['-c:v', 'ffv1', '-pix_fmt', 'yuv420p', path],
    );
    const seen = await facesOf(path);
    expect(seen.length).toBe(40);
    const places: Record<string, (x: number, y: number) => boolean> = {
      person: (x, y) => x < 560 && y < 360,
      mirror: (x, y) => x > 720 && y < 360,
      portrait: (x, y) => Math.abs(x - 640) < 60 && y > 380,
    };
    for (const isThere of Object.values(places)) {
      const here = seen.map((faces) =>
        faces.filter(({ box }) => isThere(box.x + box.w / 2, box.y + box.h / 2)),
      );
      expect(here.every((faces) => faces.length === 1)).toBe(true);
      expect(new Set(here.flat().map(({ trackId }) => trackId)).size).toBe(1);
    }
    expect(new Set(seen.flat().map(({ trackId }) => trackId)).size).toBe(3);
  });

  it('finds the person of a photo among two, by a photo from three seconds later (like:)', async () => {
    const { frames } = truthOf(sample('truth/cross.json.gz'));
    const seen = await facesOf(sample('cross.mp4'), { kind: 'frames', first: 0, last: 12 });
    for (const person of ['eve', 'finn']) {
      // A photo of them from later in the clip.
      const number = frames.length - 5;
      const [x, y, w, h] = frames[number]!.faces.find((face) => face.person === person)!.box;
      const photo = join(folder.path, `${person}.png`);
      const crop = `crop=${Math.round(2 * w)}:${Math.round(1.6 * h)}:${Math.round(x - w / 2)}:${Math.round(y - 0.3 * h)}`;
      await ffmpeg(
        ...['-i', sample('cross.mp4'), '-vf', `select=eq(n\\,${number}),${crop}`, '-frames:v', '1', photo],
      );
      const unlike = await readLikeness([photo], findFaces({ open: openMini }), () => undefined);
      const faces = seen.at(-1)!;
      expect(faces.length).toBe(2);
      const [alike] = [...faces].sort((a, b) => unlike(photo, a) - unlike(photo, b));
      expect(unlike(photo, alike!)).toBeLessThan(1);
      const [tx, , tw] = frames[12]!.faces.find((face) => face.person === person)!.box;
      expect(Math.abs(alike!.box.x + alike!.box.w / 2 - tx - tw / 2)).toBeLessThan(tw / 2);
    }
  });
});
