import { randomBytes } from 'node:crypto';
import { link, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UsageError } from '../../core/errors.ts';
import { lifeOf, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/** How often a lock shows that its process lives, for those who cannot ask. */
const beatMs = 5000;
/** A process that cannot be asked is taken for dead when its lock has not been touched for so long. */
const silentMs = 30_000;

type LockContent = ProcessIdentity & { readonly nonce: string; readonly since: string };

/** A lock that is held. */
export type FolderLock = {
  /** Aborted when somebody has taken the lock away: nothing may be written any more. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
};

/**
 * Takes a lock file for this process. One that a dead process has left is taken over: dead is who does not run
 * any more on this machine, and who belongs to another machine or container and has not touched it for 30 s.
 *
 * @param what what is locked, for the message, e.g. `The folder in/`
 * @throws {UsageError} when another process holds it
 */
export async function takeLock(
  path: string,
  what: string,
  {
    silentAfterMs = silentMs,
    everyMs = beatMs,
    signal,
  }: {
    readonly silentAfterMs?: number;
    readonly everyMs?: number;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<FolderLock> {
  const content: LockContent = {
    ...(await ownIdentity()),
    nonce: randomBytes(8).toString('hex'),
    since: new Date().toISOString(),
  };
  for (let tries = 0; !(await create(path, content)); tries++) {
    if (tries > 0) await wait(10 * tries, undefined, signal ? { signal } : {});
    const holder = await read(path);
    if (holder === undefined) continue;
    if (holder === 'unreadable' && tries < 3) {
      // Perhaps it is being written.
      await wait(500, undefined, signal ? { signal } : {});
      continue;
    }
    const isStale = holder === 'unreadable' || (await isDead(path, holder, silentAfterMs, signal));
    if (!isStale || tries >= 10) {
      const { pid, host, since } = holder === 'unreadable' ? { pid: '?', host: '?', since: '?' } : holder;
      throw new UsageError(`${what} is already watched by process ${pid} on ${host} (since ${since}).`, {
        code: 'WATCH_LOCKED',
        hint: 'Stop that one first, or look at it with "facet watch --status".',
      });
    }
    if (await takeOver(path, holder, content, { silentAfterMs, signal })) break;
  }
  await removeAsides(path);
  return hold(path, content, everyMs);
}

/** Removes what processes left that died while they took the lock. */
async function removeAsides(path: string): Promise<void> {
  const names = await readdir(dirname(path));
  for (const name of names) {
    const rest = name.startsWith(`${basename(path)}.`) ? name.slice(basename(path).length + 1) : '';
    if (/^([0-9a-f]{16}|unreadable)(\.|$)/.test(rest)) await rm(join(dirname(path), name), { force: true });
  }
}

/** Who holds a lock, and whether that process runs; undefined when nobody does. */
export async function lockHolder(
  path: string,
): Promise<{ readonly pid: number; readonly host: string; readonly since: string } | undefined> {
  const holder = await read(path);
  if (holder === undefined || holder === 'unreadable') return undefined;
  const life = await lifeOf(holder);
  return life === 'running' || (life === 'unknown' && (await ageMs(path)) < silentMs) ? holder : undefined;
}

/** How long ago a file was touched; what is gone is very old. */
async function ageMs(path: string): Promise<number> {
  const touchedAt = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return Date.now() - touchedAt;
}

/** Written beside and then linked: whoever finds a lock finds it whole. @returns false when there is one already */
async function create(path: string, content: LockContent): Promise<boolean> {
  const own = `${path}.${content.nonce}`;
  const file = await open(own, 'wx');
  try {
    await file.writeFile(`${JSON.stringify(content)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(own, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Without its own file somebody has tidied up meanwhile: once more.
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    // A file system without links: whoever makes the file first has it.
    const direct = await open(path, 'wx').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST') return undefined;
      throw cause;
    });
    if (!direct) return false;
    await direct.writeFile(`${JSON.stringify(content)}\n`);
    await direct.close();
    return true;
  } finally {
    await rm(own, { force: true });
  }
}

async function read(path: string): Promise<LockContent | 'unreadable' | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const content = JSON.parse(text) as LockContent;
    return typeof content.pid === 'number' ? content : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

async function isDead(
  path: string,
  holder: LockContent,
  silentAfterMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const life = await lifeOf(holder);
  if (life !== 'unknown') return life === 'gone';
  // Clocks of two machines differ: what counts is whether it changes while we look.
  const before = await stat(path).catch(() => undefined);
  if (!before) return true;
  await wait(silentAfterMs, undefined, signal ? { signal } : {});
  const after = await stat(path).catch(() => undefined);
  return after === undefined || after.mtimeMs === before.mtimeMs;
}

/**
 * Puts this process's lock in the place of a stale one. Of many who saw that one, only the holder of a claim named
 * after it may do so, and only while it is still there; the place is never empty meanwhile. So nobody can take away
 * the lock of one who was quicker.
 *
 * @returns false when another is at it, or was quicker
 */
async function takeOver(
  path: string,
  stale: LockContent | 'unreadable',
  content: LockContent,
  patience: { readonly silentAfterMs: number; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const claim = `${path}.${nameOf(stale)}.claim`;
  if (!(await create(claim, content))) {
    // One who died with the claim in hand leaves it stale as well.
    const rival = await read(claim);
    if (rival === undefined) return false;
    const isLeft =
      rival === 'unreadable'
        ? (await ageMs(claim)) > patience.silentAfterMs
        : await isDead(claim, rival, patience.silentAfterMs, patience.signal);
    if (!isLeft || !(await takeOver(claim, rival, content, patience))) return false;
  }
  try {
    const found = await read(path);
    if (found === undefined || nameOf(found) !== nameOf(stale)) return false;
    const own = `${path}.${content.nonce}`;
    await writeFile(own, `${JSON.stringify(content)}\n`, { flush: true });
    await rename(own, path);
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

/** What tells one lock from another. */
function nameOf(lock: LockContent | 'unreadable'): string {
  return typeof lock === 'object' && /^[0-9a-f]{16}$/.test(lock.nonce) ? lock.nonce : 'unreadable';
}

function hold(path: string, content: LockContent, everyMs: number): FolderLock {
  const lost = new AbortController();
  let isReleased = false;
  const beat = async (): Promise<void> => {
    const found = await read(path);
    if (isReleased) return;
    if (typeof found === 'object' && found.nonce === content.nonce) {
      const now = new Date();
      await utimes(path, now, now);
      return;
    }
    if (found === undefined) {
      // Deleted, or its disk is away: nobody else has it yet.
      await create(path, content);
      return;
    }
    clearInterval(timer);
    lost.abort(
      new UsageError(`The lock ${path} was taken away.`, {
        code: 'WATCH_LOCK_LOST',
        hint: 'Two processes must not watch one folder; start it again when the other one has ended.',
      }),
    );
  };
  // A folder that is away for a moment is not a lock that was taken: the next beat looks again.
  const timer = setInterval(() => void beat().catch(() => undefined), everyMs);
  timer.unref();
  return {
    lost: lost.signal,
    release: async () => {
      isReleased = true;
      clearInterval(timer);
      const found = await read(path).catch(() => undefined);
      if (typeof found === 'object' && found.nonce === content.nonce) await rm(path, { force: true });
    },
  };
}
