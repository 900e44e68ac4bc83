import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledPath } from '../../src/media/find.ts';
import { probeFrames } from '../../src/media/frame-times.ts';
import { ffmpeg, packetTimes, temporaryFolder } from '../helpers/media.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

/** A program in the folder that can be taken for ffprobe. */
async function program(name: string, text: string): Promise<string> {
  await writeFile(at(name), text);
  await chmod(at(name), 0o755);
  return at(name);
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=1', at('plain.mp4'));
});
afterAll(() => folder.remove());

describe('the bundled ffprobe', () => {
  const env = { ...process.env, FFPROBE_PATH: bundledPath('@ffprobe-installer/ffprobe') };
  // The first byte of a service's name says which character set it is in: none, ISO 8859-5, ISO 8859-15, UTF-8.
  const names = { latin: 'Service', cyrillic: '\u0001abc', western: '\u000babc', utf8: '\u0015abc' };

  it.runIf(env.FFPROBE_PATH !== undefined).each(Object.entries(names))(
    'reads MPEG-TS whose service has a %s name, where it died of the tables of characters',
    async (set, name) => {
      const path = at(`${set}.ts`);
      await ffmpeg('-i', at('plain.mp4'), '-c', 'copy', '-metadata', `service_name=${name}`, path);
      const { media, times } = await probeFrames(path, { env });
      expect(media).toMatchObject({ container: 'mpegts', video: { codec: 'h264', width: 160 } });
      expect([...times.pts]).toEqual((await packetTimes(path)).ticks);
      expect(times.pts).toHaveLength(25);
    },
  );
});

describe('an ffprobe that fails itself', () => {
  it('is named when it dies of a signal: the file is not to blame', async () => {
    const FFPROBE_PATH = await program(
      'dying',
      '#!/bin/sh\n[ "$1" = -version ] && exec echo ffprobe version 1\necho "last words" >&2\nkill -SEGV $$\n',
    );
    await expect(
      probeFrames(at('plain.mp4'), { env: { ...process.env, FFPROBE_PATH } }),
    ).rejects.toMatchObject({
      code: 'PROBE_KILLED',
      exitCode: 3,
      message: `ffprobe died (SIGSEGV) while it read ${at('plain.mp4')}.`,
      hint: expect.stringContaining(`set FFPROBE_PATH to another one than ${FFPROBE_PATH}`) as string,
      cause: { message: 'ffprobe said:\nlast words' },
    });
  });

  it('is named when it cannot be started', async () => {
    const path = await program('ffprobe', '#!/there/is/no/such/shell\n');
    await expect(
      probeFrames(at('plain.mp4'), { env: { ...process.env, FFPROBE_PATH: '', PATH: folder.path } }),
    ).rejects.toMatchObject({
      code: 'FFMPEG_MISSING',
      exitCode: 3,
      message: `The ffprobe ${path} does not run (ENOENT).`,
      hint: 'Install ffmpeg, or set FFPROBE_PATH to an ffprobe that runs.',
    });
  });
});
