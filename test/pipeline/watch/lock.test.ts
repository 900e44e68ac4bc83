import { spawn } from 'node:child_process';
import { readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockHolder, takeLock } from '../../../src/pipeline/watch/lock.ts';
import { ownIdentity } from '../../../src/pipeline/watch/process-identity.ts';
import { until } from '../../helpers/cli.ts';
import { temporaryFolder } from '../../helpers/media.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path = '';
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'lock');
});
afterEach(() => folder.remove());

/** Takes it, which rejects when it cannot be had, and gives it back. */
async function expectToHave(silentAfterMs?: number): Promise<void> {
  const lock = await takeLock(path, 'It', silentAfterMs === undefined ? {} : { silentAfterMs });
  expect(await lockHolder(path)).toMatchObject({ pid: process.pid });
  await lock.release();
}

const leave = async (changes: object): Promise<void> => {
  const content = { ...(await ownIdentity()), nonce: '0123456789abcdef', since: 'then', ...changes };
  await writeFile(path, JSON.stringify(content));
};

describe('a lock', () => {
  it('is had by one, who is named to the others', async () => {
    const lock = await takeLock(path, 'The inbox in/');
    await expect(takeLock(path, 'The inbox in/')).rejects.toMatchObject({
      code: 'WATCH_LOCKED',
      exitCode: 2,
      message: expect.stringContaining(
        `The inbox in/ is already watched by process ${process.pid}`,
      ) as string,
    });
    expect(await lockHolder(path)).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(await lockHolder(path)).toBeUndefined();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('goes to one of many who want it at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      await leave({ pid: 4_000_000 });
      const tried = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(path, 'It')));
      const had = tried.filter(({ status }) => status === 'fulfilled');
      expect(had).toHaveLength(1);
      await (had[0] as PromiseFulfilledResult<Awaited<ReturnType<typeof takeLock>>>).value.release();
      expect(await readdir(folder.path)).toEqual([]);
    }
  });

  it.each(['whole', 'cut off'])(
    'whose heir died before it had it is taken over: a claim left %s',
    async (how) => {
      await leave({ pid: 4_000_000 });
      const claim = `${path}.0123456789abcdef.claim`;
      const heir = { ...(await ownIdentity()), nonce: 'fedcba9876543210', since: 'then', pid: 4_000_001 };
      await writeFile(claim, how === 'whole' ? JSON.stringify(heir) : '{');
      await utimes(claim, 0, 0);
      await expectToHave();
      expect(await readdir(folder.path)).toEqual([]);
    },
  );

  it('of a process that was killed is taken over at once', async () => {
    const child = spawn(process.execPath, ['-e', '0']);
    await new Promise((resolve) => child.on('close', resolve));
    await leave({ pid: child.pid });
    await expectToHave();
  });

  it('of a process whose number is used again is taken over', async () => {
    // Process 1 runs, but it did not begin then.
    await leave({ pid: 1, startTicks: '1' });
    await expectToHave();
  });

  it('from before the machine was started anew is taken over', async () => {
    await leave({ bootId: 'another', pid: process.pid });
    await expectToHave();
  });

  it('of another machine holds as long as that one touches it', async () => {
    await leave({ bootId: 'another', host: 'elsewhere' });
    const beats = setInterval(() => void utimes(path, new Date(), new Date()), 20);
    await expect(takeLock(path, 'It', { silentAfterMs: 300 })).rejects.toMatchObject({
      code: 'WATCH_LOCKED',
    });
    clearInterval(beats);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expectToHave(100);
  });

  it('that is no lock at all is taken over', async () => {
    await writeFile(path, '');
    await expectToHave();
  });

  it('that goes away with its folder is taken again when that is back, and is lost only to another', async () => {
    const lock = await takeLock(path, 'It', { everyMs: 20 });
    await rename(folder.path, `${folder.path}-away`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await rename(`${folder.path}-away`, folder.path);
    await rm(path);
    await until(async () => (await lockHolder(path)) ?? undefined, 'the lock');
    expect(lock.lost.aborted).toBe(false);
    await leave({ pid: 1 });
    await until(() => Promise.resolve(lock.lost.aborted || undefined), 'the loss');
    expect(lock.lost.reason).toMatchObject({ code: 'WATCH_LOCK_LOST' });
    await lock.release();
  });

  it('that was taken away by others stays theirs', async () => {
    const lock = await takeLock(path, 'It');
    await leave({ pid: 1 });
    await lock.release();
    expect(await readFile(path, 'utf8')).toContain('"pid":1');
  });
});
