import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFfmpeg, findFfprobe } from '../../src/media/find.ts';
import { appendXmp, digitalSourceType, markComment, xmpPacket } from '../../src/media/mark.ts';

const run = promisify(execFile);
let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'facet-mark-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('appendXmp', () => {
  it('writes a packet that ffprobe reads back, and leaves the video as it was', async () => {
    const path = join(dir, 'a.mp4');
    await run((await findFfmpeg()).path, [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=d=0.2:s=64x64',
      path,
    ]);
    const before = await readFile(path);
    await appendXmp(path, xmpPacket({ version: '1.2.3', profile: 'mini <1>' }));
    const after = await readFile(path);
    expect(after.subarray(0, before.length).equals(before)).toBe(true);
    const { stdout } = await run((await findFfprobe()).path, [
      ...['-v', 'error', '-export_xmp', '1', '-show_entries', 'format_tags=xmp', '-of', 'json', path],
    ]);
    const tags = (JSON.parse(stdout) as { format: { tags: { xmp: string } } }).format.tags;
    expect(tags.xmp).toContain(`DigitalSourceType="${digitalSourceType}"`);
    expect(tags.xmp).toContain('mini &#60;1&#62;');
  });
});

describe('markComment', () => {
  it('says what made the faces, in words and with the IPTC term', () => {
    const comment = markComment({ version: '1.2.3', profile: 'mini 1' });
    expect(comment).toContain('synthesised by facet 1.2.3');
    expect(comment).toContain('compositeWithTrainedAlgorithmicMedia');
  });
});
