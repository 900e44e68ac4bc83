import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lastValueFrom, tap } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import type { ParsedFace } from '../../src/core/faces.ts';
import type { Item } from '../../src/core/item.ts';
import { label } from '../../src/core/regions.ts';
import type { Scope } from '../../src/core/scope.ts';
import { readProfile } from '../../src/models/read-profile.ts';
import { openRole } from '../../src/nets/open-role.ts';
import type { OpenRole } from '../../src/nets/opened.ts';
import { alignAndParse } from '../../src/pipeline/align-and-parse.ts';
import { findFaces } from '../../src/pipeline/find-faces.ts';
import { readVideo } from '../../src/pipeline/run-video.ts';
import { ffmpeg, temporaryFolder } from '../helpers/media.ts';

const clip = fileURLToPath(new URL('../../samples/talk-720p.mp4', import.meta.url));
const folder = await temporaryFolder();
afterAll(() => folder.remove());

async function openMini(): Promise<OpenRole> {
  const profile = await readProfile('mini');
  const cpu = { provider: 'cpu', reason: 'test', isAskedFor: true } as const;
  return (role, scope: Scope) => openRole(role, profile.roles[role], cpu, scope);
}

/** Runs detect, track, align and parse of the bundled networks over a file. */
async function facesOf(target: string): Promise<ParsedFace[][]> {
  const open = await openMini();
  const find = findFaces({ open });
  const see = alignAndParse({ open, cropSize: 256, smooth: 'medium' });
  const out: ParsedFace[][] = [];
  const work = {
    holds: find.holds + see.holds,
    in: (context: Parameters<typeof find.in>[0]) => (items: Parameters<ReturnType<typeof find.in>>[0]) =>
      items.pipe(find.in(context), see.in(context)),
  };
  const keep = tap((item: Item<unknown>) => {
    out[item.frame.index] = [...(item.faces as readonly ParsedFace[])];
    item.release();
  });
  await lastValueFrom(readVideo({ target, work }).pipe(keep), { defaultValue: undefined });
  return out;
}

// Seconds on a quiet machine; four networks and six threads on a busy one.
describe.runIf(existsSync(clip))('alignAndParse with the bundled networks', { timeout: 180_000 }, () => {
  it('keeps the crop of a still face still under camera noise: corners move at most 0.15 px rms', async () => {
    const still = `${folder.path}/still.mp4`;
    const picture = `${folder.path}/picture.png`;
    await ffmpeg('-i', clip, '-frames:v', '1', picture);
    await ffmpeg(
      ...['-loop', '1', '-framerate', '25', '-i', picture, '-t', '1.2'],
      ...[
        '-vf',
        'noise=alls=8:allf=t,format=yuv420p',
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-crf',
        '12',
        still,
      ],
    );
    const quads = (await facesOf(still)).map((faces) => faces[0]!.quad);
    expect(quads).toHaveLength(30);
    const mean = new Float64Array(8);
    for (const quad of quads) quad.forEach((value, i) => (mean[i]! += value / quads.length));
    const squares = quads.map((quad) => quad.reduce((sum, value, i) => sum + (value - mean[i]!) ** 2, 0));
    // Per coordinate, of the four corners' eight; the crop is 400 px wide.
    const rms = Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / (8 * quads.length));
    expect(rms).toBeLessThan(0.15);
    expect(rms).toBeGreaterThan(0);
  });

  it('finds all parts of a face where they are, frame after frame', async () => {
    const short = `${folder.path}/short.mp4`;
    await ffmpeg(
      '-i',
      clip,
      '-frames:v',
      '12',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-crf',
      '12',
      '-an',
      short,
    );
    const frames = await facesOf(short);
    expect(frames).toHaveLength(12);
    let last: Uint8Array | undefined;
    for (const faces of frames) {
      const [face] = faces;
      expect(faces).toHaveLength(1);
      const shares = new Float64Array(12);
      for (const l of face!.labels) shares[l]! += 1 / 65536;
      expect(shares[label.skin]).toBeGreaterThan(0.15);
      for (const part of [label.lip, label.eyebrows, label.eyes, label.nose]) {
        expect(shares[part]).toBeGreaterThan(0.002);
        expect(shares[part]).toBeLessThan(0.1);
      }
      if (last) {
        const changed = face!.labels.reduce((sum, l, i) => sum + (l === last![i] ? 0 : 1), 0);
        // A turning head and blowing hair change some; flicker would change more.
        expect(changed / 65536).toBeLessThan(0.03);
      }
      last = face!.labels;
    }
  });

  it('gives no face for frames without one', async () => {
    const black = `${folder.path}/black.mp4`;
    await ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'color=black:s=160x90:r=25:d=0.2',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      black,
    );
    const frames = await facesOf(black);
    expect(frames.map((faces) => faces.length)).toEqual([0, 0, 0, 0, 0]);
  });
});
