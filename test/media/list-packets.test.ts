import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundledPath, findFfprobe } from '../../src/media/find.ts';
import { listPackets } from '../../src/media/list-packets.ts';
import { askMedia } from '../../src/media/probe.ts';
import { ffmpeg, temporaryFolder } from '../helpers/media.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const files = ['b-frames.mp4', 'cover.mp4', 'edit.mp4', 'sound.mkv', 'sound.ts', 'old.avi'] as const;
const probes = [undefined, bundledPath('@ffprobe-installer/ffprobe')] as const;

beforeAll(async () => {
  folder = await temporaryFolder();
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=2', '-f', 'lavfi', '-i', 'sine=d=2'];
  await ffmpeg(...source, '-c:v', 'libx264', '-bf', '2', '-c:a', 'aac', at('b-frames.mp4'));
  const copyOf = ['-i', at('b-frames.mp4')];
  await ffmpeg(...copyOf, '-frames:v', '1', at('cover.png'));
  const cover = ['-map', '0', '-map', '1', '-c', 'copy', '-disposition:v:1', 'attached_pic'];
  await ffmpeg(...copyOf, '-i', at('cover.png'), ...cover, at('cover.mp4'));
  await ffmpeg('-ss', '0.7', ...copyOf, '-c', 'copy', at('edit.mp4'));
  await ffmpeg(...copyOf, '-c', 'copy', at('sound.mkv'));
  await ffmpeg(...copyOf, '-c', 'copy', at('sound.ts'));
  await ffmpeg(...copyOf, '-c:v', 'mpeg4', '-c:a', 'mp3', at('old.avi'));
});
afterAll(() => folder.remove());

it.each(files.flatMap((file) => probes.map((probe) => [file, probe] as const)))(
  'says the same of %s by one question as by two (ffprobe: %s)',
  async (file, FFPROBE_PATH) => {
    const env = { ...process.env, ...(FFPROBE_PATH === undefined ? {} : { FFPROBE_PATH }) };
    const together = await listPackets(at(file), 1000, { env });
    // A file of 1 TB, as far as it knows.
    const apart = await listPackets(at(file), 2 ** 40, { env });
    const index = together.media.video.index;
    expect(together.packets.get(index)?.pts.length).toBeGreaterThan(30);
    expect(together.packets.get(index)).toEqual(apart.packets.get(index));
    expect({ ...together.media, sizeBytes: 0 }).toEqual({ ...apart.media, sizeBytes: 0 });
    expect(together.media).toEqual(await askMedia(at(file), 1000, { env }));
  },
);

it('asks again for a header that is not whole', async () => {
  const log = at('asked');
  // Keeps the end of its answer to itself when it is asked for everything at once.
  await writeFile(
    at('ffprobe'),
    `#!/bin/sh\n[ "$1" = -version ] && exec echo ffprobe version 1\necho "$*" >> '${log}'\n` +
      `case "$*" in *packet=*) '${(await findFfprobe()).path}' "$@" | head -n 60;;` +
      ` *) exec '${(await findFfprobe()).path}' "$@";; esac\n`,
  );
  await chmod(at('ffprobe'), 0o755);
  const env = { ...process.env, FFPROBE_PATH: at('ffprobe') };
  const { media } = await listPackets(at('b-frames.mp4'), 1000, { env });
  expect(media.video).toMatchObject({ codec: 'h264', width: 160 });
  expect((await readFile(log, 'utf8')).trim().split('\n')).toHaveLength(2);
});
