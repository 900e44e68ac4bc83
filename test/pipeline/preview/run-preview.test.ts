import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../../../src/core/options/define.ts';
import { previewOptions } from '../../../src/core/options/preview.ts';
import { swapRunOptions } from '../../../src/core/options/swap-run.ts';
import type { PreviewEvent, PreviewFinishedEvent, StillEvent } from '../../../src/core/preview-events.ts';
import { runPreview } from '../../../src/pipeline/preview/run-preview.ts';
import { runSwap } from '../../../src/pipeline/run-swap.ts';
import type { SwapTools } from '../../../src/pipeline/swap-work.ts';
import { fakeTools, type FakeFaces } from '../../helpers/fake-faces.ts';
import { entries, ffmpeg, temporaryFolder } from '../../helpers/media.ts';
import { movingFaces } from '../../helpers/moving-faces.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (...names: readonly string[]): string => join(folder.path, ...names);

beforeAll(async () => {
  folder = await temporaryFolder();
  await ffmpeg('-f', 'lavfi', '-i', 'color=c=red:s=16x16', '-frames:v', '1', at('a.png'));
  await ffmpeg(
    ...['-f', 'lavfi', '-i', 'testsrc2=s=160x120:r=25:d=4', '-f', 'lavfi', '-i', 'sine=d=4'],
    ...['-pix_fmt', 'yuv420p', '-g', '30', '-c:a', 'aac', at('target.mp4')],
  );
});
afterAll(() => folder.remove());

const faces: FakeFaces = { at: (i) => [{ x: 40 + 0.7 * i, y: 60, side: 50 }] };

function preview(
  given: Record<string, unknown>,
  { tools = fakeTools(faces), signal }: { tools?: SwapTools; signal?: AbortSignal } = {},
): Promise<PreviewEvent[]> {
  const options = resolveOptions(previewOptions, {
    source: [at('a.png')],
    target: at('target.mp4'),
    light: 'off',
    ...given,
  });
  const opened = { tools, devices: { generator: 'cpu' }, profile: 'fake 1' };
  return lastValueFrom(runPreview(options, () => Promise.resolve(opened), { signal }).pipe(toArray()));
}

const finished = (events: readonly PreviewEvent[]): PreviewFinishedEvent =>
  events.at(-1) as PreviewFinishedEvent;
const stills = (events: readonly PreviewEvent[]): StillEvent[] =>
  events.filter((event): event is StillEvent => event.event === 'still' && !event.isDraft);

describe('runPreview', () => {
  it('shows a range: stills, clip with sound, label maps, faces, page', async () => {
    const events = await preview({ range: '1-2', outputDir: at('range') });
    expect(events[0]).toMatchObject({ event: 'started', framesExpected: 25 });
    expect(stills(events).map(({ frame }) => frame)).toEqual([25, 30, 35, 39, 44, 49]);
    expect(finished(events)).toMatchObject({ stills: 6, frames: 25, framesSwapped: 25 });
    expect((await readdir(at('range'))).sort()).toEqual([
      ...['clip.mp4', 'contact-sheet.jpg', 'index.html', 'preview.json', 'stills', 'tracks'],
    ]);
    expect((await readdir(at('range', 'stills'))).filter((name) => name.startsWith('000030'))).toEqual([
      '000030-after.png',
      '000030-before.png',
      '000030-regions-after.png',
      '000030-regions-before.png',
    ]);
    expect(await readdir(at('range', 'tracks'))).toEqual(['0.webp']);
    const picture = await entries(
      at('range', 'clip.mp4'),
      'codec_name,width,height,pix_fmt,nb_frames,duration',
    );
    expect(picture).toMatchObject({ codec_name: 'h264', width: '320', height: '120', pix_fmt: 'yuv420p' });
    expect(picture['nb_frames']).toBe('25');
    const sound = await entries(at('range', 'clip.mp4'), 'codec_name,duration', 'a:0');
    expect(sound['codec_name']).toBe('aac');
    // One AAC frame at each end.
    expect(Math.abs(Number(sound['duration']) - 1)).toBeLessThan(0.06);
    const data = JSON.parse(await readFile(at('range', 'preview.json'), 'utf8')) as Record<string, unknown>;
    expect(data['commands']).toMatchObject({ swap: expect.stringContaining('facet swap') as string });
  });

  it('is frame for frame what the whole run makes, bit for bit', async () => {
    const tools = movingFaces(faces);
    const run = resolveOptions(swapRunOptions, {
      source: [at('a.png')],
      target: at('target.mp4'),
      output: at('whole.mkv'),
      codec: 'ffv1',
      // Matroska moves everything by the sound's priming otherwise, and times would not name the same frames.
      audio: 'none',
      light: 'off',
      amount: 0.5,
    });
    const opened = { tools, devices: {}, profile: 'fake 1' };
    await lastValueFrom(runSwap(run, () => Promise.resolve(opened)));
    // A preview of the lossless whole is a picture of it, before and after alike.
    const whole = await preview(
      { target: at('whole.mkv'), at: '0.2,1.28,1.32,3.9', outputDir: at('of-whole') },
      { tools: fakeTools({ at: () => [] }) },
    );
    const part = await preview({ at: '0.2,1.28,1.32,3.9', amount: 0.5, outputDir: at('of-part') }, { tools });
    expect(stills(part).map(({ frame }) => frame)).toEqual([5, 32, 33, 97]);
    for (const [i, still] of stills(part).entries()) {
      const truth = await sharp(stills(whole)[i]!.after).raw().toBuffer();
      expect((await sharp(still.after).raw().toBuffer()).equals(truth)).toBe(true);
      expect((await sharp(still.before).raw().toBuffer()).equals(truth)).toBe(false);
    }
  });

  it('takes the same one of several faces as the whole run, whatever was long before', async () => {
    // The right one stands out at first and is remembered for six turns; then it is the left one, for both are about as
    // large. For a while nobody is there, then a third one comes in.
    const several: FakeFaces = {
      at: (i) => {
        const pair = [
          { x: 40, y: 60, side: 40 },
          { x: 110, y: 60, side: i < 60 ? 52 : 42 },
        ];
        if (i < 300) return pair;
        return i < 330 ? [] : [...pair, { x: 75, y: 60, side: 44 }];
      },
    };
    const target = at('several.mp4');
    await ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=160x120:r=25:d=16',
      '-pix_fmt',
      'yuv420p',
      '-g',
      '30',
      target,
    );
    const output = at('whole-of-several.mkv');
    const chosen = { amount: 0.5, light: 'off', smooth: 'off' };
    const run = resolveOptions(swapRunOptions, {
      ...{ source: [at('a.png')], target, output, codec: 'ffv1', ...chosen },
    });
    const opened = { tools: movingFaces(several), devices: {}, profile: 'fake 1' };
    await lastValueFrom(runSwap(run, () => Promise.resolve(opened)));
    const nobody = fakeTools({ at: () => [] });
    for (const frames of ['130-134', '198-203', '240', '326-333']) {
      const part = await preview(
        { target, frames, ...chosen, outputDir: at(`several-${frames}`) },
        { tools: movingFaces(several) },
      );
      const whole = await preview(
        { target: output, frames, outputDir: at(`whole-${frames}`) },
        { tools: nobody },
      );
      const [first, last = first] = frames.split('-').map(Number);
      const count = Math.min(333, last!) - Math.max(first!, frames.startsWith('326') ? 330 : 0) + 1;
      expect(finished(part)).toMatchObject({ frames: last! - first! + 1, framesSwapped: count });
      expect(stills(part).map(({ frame }) => frame)).toEqual(stills(whole).map(({ frame }) => frame));
      for (const [i, still] of stills(part).entries()) {
        const [made, truth] = await Promise.all(
          [still, stills(whole)[i]!].map(({ after }) => sharp(after).raw().toBuffer()),
        );
        expect({ frame: still.frame, isSame: made!.equals(truth!) }).toEqual({
          frame: still.frame,
          isSame: true,
        });
      }
    }
    const swappedAt = async (frames: string): Promise<string> => {
      const stem = at(`several-${frames}`, 'stills', frames.slice(0, 3).padStart(6, '0'));
      const [before, after] = await Promise.all(
        ['before', 'after'].map((which) => sharp(`${stem}-${which}.png`).raw().toBuffer()),
      );
      const changed = before!.findIndex((level, k) => level !== after![k]);
      return Math.floor(changed / 3) % 160 < 75 ? 'left' : 'right';
    };
    expect(await swappedAt('130-134')).toBe('right');
    expect(await swappedAt('240')).toBe('left');
  }, 60_000);

  it('tells when it is asked for moments that are not there, before anything is written', async () => {
    await expect(preview({ at: '99', outputDir: at('late') })).rejects.toMatchObject({
      code: 'INPUT_RANGE_OUTSIDE',
    });
    await expect(access(at('late'))).rejects.toThrow();
    await expect(preview({ at: '1', auto: 3 })).rejects.toMatchObject({ code: 'USAGE_CONFLICT' });
  });

  it('finds moments by itself, and says why', async () => {
    const some: FakeFaces = {
      at: (i) => (i < 40 ? [] : [{ x: 80, y: 60, side: i < 70 ? 40 : 60 }]),
    };
    const events = await preview({ auto: 3, outputDir: at('auto') }, { tools: fakeTools(some) });
    const reasons = stills(events).map(({ reason }) => reason);
    expect(reasons).toContain('largest face');
    expect(stills(events).every(({ frame }) => frame >= 40)).toBe(true);
    expect(reasons).toHaveLength(3);
    // A first look comes before the moments are known; where it is none of them, nothing is left of it.
    expect(events[0]).toMatchObject({ event: 'started', framesExpected: 3 });
    const firstStill = events.find((event): event is StillEvent => event.event === 'still');
    expect(firstStill?.isDraft).toBe(true);
    const shown = stills(events).map(({ frame }) => String(frame).padStart(6, '0'));
    const files = await readdir(at('auto', 'stills'));
    expect([...new Set(files.map((name) => name.slice(0, 6)))].sort()).toEqual(shown.sort());
  });

  it('compares values of an option on one moment', async () => {
    await preview({ at: '2', compare: 'amount=0.1,0.5,1', outputDir: at('compare') });
    const files = (await readdir(at('compare', 'compare'))).sort();
    expect(files).toEqual(['amount-1.png', 'amount-2.png', 'amount-3.png']);
    const levels = await Promise.all(
      files.map(async (file) => {
        const middle = sharp(at('compare', 'compare', file));
        const pixels = await middle.extract({ left: 70, top: 55, width: 10, height: 10 }).raw().toBuffer();
        return pixels.reduce((sum, level) => sum + level, 0) / pixels.length;
      }),
    );
    // Styles are 0.2 in the target and 0.8 in the source.
    expect(levels.map((level) => Math.round((level / 255) * 10))).toEqual([3, 5, 8]);
  });

  it('checks what is to be compared before anything is done', async () => {
    const nothing = preview({ at: '2', compare: 'amount=0,1', shape: 'target', outputDir: at('early') });
    await expect(nothing).rejects.toMatchObject({ code: 'USAGE_NOTHING_TO_DO' });
    await expect(access(at('early'))).rejects.toThrow();
  });

  it('does not write into what is there without being told to, and names a new folder by itself', async () => {
    await mkdir(at('mine'));
    await writeFile(at('mine', 'letter.txt'), 'dear');
    const given = { frames: '10', outputDir: at('mine') };
    await expect(preview(given)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS', exitCode: 7 });
    await preview({ ...given, overwrite: true });
    expect(await readFile(at('mine', 'letter.txt'), 'utf8')).toBe('dear');
    const first = finished(await preview({ frames: '10' })).output;
    const second = finished(await preview({ frames: '10' })).output;
    expect([first, second]).toEqual([at('target-preview'), at('target-preview-2')]);
  });

  it('leaves nothing behind when it is stopped midway or fails', async () => {
    const controller = new AbortController();
    const stopping: FakeFaces = {
      at: (i) => {
        if (i === 72) controller.abort(new Error('stopped'));
        return faces.at(i);
      },
    };
    const stopped = preview(
      { at: '0.5,3', outputDir: at('deep', 'stopped') },
      { tools: fakeTools(stopping), signal: controller.signal },
    );
    await expect(stopped).rejects.toThrow('stopped');
    const failing: FakeFaces = {
      at: (i) => {
        if (i === 45) throw new Error('broken');
        return faces.at(i);
      },
    };
    const failed = preview({ range: '1-3', outputDir: at('failed') }, { tools: fakeTools(failing) });
    await expect(failed).rejects.toThrow('broken');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const left = await readdir(folder.path);
    expect(left.filter((name) => ['deep', 'failed'].includes(name))).toEqual([]);
  });
});
