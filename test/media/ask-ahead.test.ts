import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { askAhead } from '../../src/media/ask-ahead.ts';
import { findFfprobe } from '../../src/media/find.ts';
import { probeFrames } from '../../src/media/frame-times.ts';
import { probeMedia } from '../../src/media/probe.ts';
import { ffmpeg, temporaryFolder } from '../helpers/media.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let env: NodeJS.ProcessEnv;
let count = 0;
const at = (name: string): string => join(folder.path, name);
const log = (): string => at(`${count}.log`);
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** An ffprobe that notes what it is asked, and a file that nothing is known of yet. */
beforeEach(async () => {
  count += 1;
  const { path } = await findFfprobe();
  await writeFile(
    at(`ffprobe-${count}`),
    `#!/bin/sh\n[ "$1" = -version ] || echo "$$ $*" >> '${log()}'\n` +
      `[ -e '${at('slow')}' ] && [ "$1" != -version ] && exec sleep 60\nexec '${path}' "$@"\n`,
  );
  await chmod(at(`ffprobe-${count}`), 0o755);
  env = { ...process.env, FFPROBE_PATH: at(`ffprobe-${count}`) };
  await writeFile(log(), '');
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=64x36:r=10:d=1', at(`${count}.mkv`));
});

async function asked(): Promise<readonly string[]> {
  return (await readFile(log(), 'utf8')).split('\n').filter((line) => line !== '');
}

it('gives its answer to who asks the same later, so that every question is asked once', async () => {
  const path = at(`${count}.mkv`);
  const ahead = askAhead(path, { env });
  await ahead.started;
  const [{ media, times }, header] = await Promise.all([
    probeFrames(path, { env }),
    probeMedia(path, { env }),
  ]);
  ahead.stop();
  expect(times.pts).toHaveLength(10);
  expect(media.video.width).toBe(64);
  expect(header).toEqual(media);
  expect(await asked()).toHaveLength(1);
});

it('leaves it to the run to say that the file is missing', async () => {
  const path = at('nowhere.mp4');
  const ahead = askAhead(path, { env });
  await ahead.started;
  ahead.stop();
  await expect(probeFrames(path, { env })).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
});

it('ends what it has asked when it is stopped, and who asks then gets an answer all the same', async () => {
  const path = at(`${count}.mkv`);
  await writeFile(at('slow'), '');
  const ahead = askAhead(path, { env });
  while ((await asked()).length < 1) await wait(10);
  const pids = (await asked()).map((line) => Number(line.split(' ')[0]));
  await rm(at('slow'));
  const later = probeFrames(path, { env });
  ahead.stop();
  expect((await later).times.pts).toHaveLength(10);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
