import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Item } from '../../src/core/item.ts';
import { planVideo, type VideoPlan } from '../../src/pipeline/plan-video.ts';
import { encode } from '../../src/stages/encode.ts';
import { smallVideo, stageContract } from '../contract/stage.ts';
import { ffmpeg } from '../helpers/media.ts';
import { plainEncode } from '../helpers/pass.ts';

const folder = mkdtempSync(join(tmpdir(), 'facet-encode-'));
let plan: VideoPlan;
let count = 0;

beforeAll(async () => {
  const target = join(folder, 'a.mp4');
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=16x16:r=30:d=1', '-video_track_timescale', '30', target);
  plan = await planVideo(
    { target, output: join(folder, 'b.mkv'), overwrite: true, encode: { ...plainEncode, codec: 'ffv1' } },
    {},
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

stageContract('encode', {
  make: () => {
    count += 1;
    return encode({
      ffmpeg: plan.ffmpeg,
      plan: plan.encode,
      video: smallVideo,
      sampleAspect: undefined,
      zeroPts: 0,
      displayMatrix: undefined,
      ticksOf: () => 1,
      temporaryPath: join(folder, `.part-${count}.facet-part`),
      outputPath: join(folder, `out-${count}.mkv`),
    });
  },
  item: (frame) => new Item<never>(frame, []),
  indexOf: ({ index }) => index,
});

describe('encode', () => {
  it('leaves no unfinished file behind', async () => {
    expect(count).toBeGreaterThan(5);
    expect((await readdir(folder)).filter((name) => name.endsWith('.facet-part'))).toEqual([]);
  });
});
