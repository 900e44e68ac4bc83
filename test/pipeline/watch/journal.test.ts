import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Journal, journalLine } from '../../../src/pipeline/watch/journal.ts';
import { Ledger } from '../../../src/pipeline/watch/ledger.ts';
import { temporaryFolder } from '../../helpers/media.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let count = 0;
const freshPath = (): string => join(folder.path, `journal-${count++}.jsonl`);
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function written(records: readonly object[]): Promise<string> {
  const path = freshPath();
  const { journal } = await Journal.open(path);
  await Promise.all(records.map((record) => journal.append(record)));
  await journal.close();
  return path;
}

describe('a journal', () => {
  it('gives back what was appended, in order', async () => {
    const records = Array.from({ length: 50 }, (_, n) => ({ n, name: `ä\n"${n}"` }));
    const { records: read, damagedLines, journal } = await Journal.open(await written(records));
    expect(read).toEqual(records);
    expect(damagedLines).toBe(0);
    await journal.close();
  });

  it('cuts off a torn last line at any of its bytes, and goes on after it', async () => {
    const whole = await readFile(await written([{ n: 1 }, { n: 2 }]));
    const firstLine = journalLine({ n: 1 }).length;
    for (let bytes = firstLine; bytes < whole.length; bytes++) {
      const path = freshPath();
      await writeFile(path, whole);
      await truncate(path, bytes);
      const { records, damagedLines, journal } = await Journal.open(path);
      expect(records).toEqual([{ n: 1 }]);
      expect(damagedLines).toBe(0);
      await journal.append({ n: 3 });
      await journal.close();
      const again = await Journal.open(path);
      expect(again.records).toEqual([{ n: 1 }, { n: 3 }]);
      await again.journal.close();
    }
  });

  it('passes over zeros at the end, as a power cut may leave them', async () => {
    const path = await written([{ n: 1 }]);
    await appendFile(path, Buffer.alloc(4096));
    const { records, damagedLines, journal } = await Journal.open(path);
    expect([records, damagedLines]).toEqual([[{ n: 1 }], 0]);
    await journal.close();
  });

  it('says how many lines in the middle are damaged, and keeps the others', async () => {
    const path = await written([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await writeFile(path, (await readFile(path, 'utf8')).replace('"n":2', '"n":7'));
    const { records, damagedLines, journal } = await Journal.open(path);
    expect([records, damagedLines]).toEqual([[{ n: 1 }, { n: 3 }], 1]);
    await journal.close();
  });

  it('can be replaced as a whole and appended to afterwards', async () => {
    const path = await written([{ n: 1 }, { n: 2 }]);
    const { journal } = await Journal.open(path);
    await Promise.all([journal.append({ n: 3 }), journal.rewrite([{ all: 6 }]), journal.append({ n: 4 })]);
    await journal.close();
    const again = await Journal.open(path);
    expect(again.records).toEqual([{ all: 6 }, { n: 4 }]);
    await again.journal.close();
  });
});

describe('a ledger', () => {
  const stamp = { sizeBytes: 1, mtimeMs: 2, inode: 3 };
  const at = '2026-01-01T00:00:00.000Z';
  const result = { sizeBytes: 1, sha256: 'x', frames: 1, framesSwapped: 0, framesLost: 0, seconds: 1 };
  const failure = { at, code: 'X', message: 'm', hint: 'h', exitCode: 3 };

  it('knows after reading what it knew before, also when it was shortened', async () => {
    const path = freshPath();
    const ledger = await Ledger.open(path);
    await ledger.record({ type: 'opened', at, inbox: '/in', pid: 1 });
    for (const id of ['a', 'b', 'c']) {
      await ledger.record({ type: 'queued', at, id, file: `${id}.mp4`, stamp, sha256: id });
      await ledger.record({ type: 'started', at, id, output: `${id}.mp4` });
    }
    await ledger.record({ type: 'finishing', at, id: 'a', output: 'a.2.mp4', result });
    await ledger.record({ type: 'done', at, id: 'a', hasHook: true });
    await ledger.record({ type: 'failed', at, id: 'b', failure, retryAt: at, hasHook: false });
    await ledger.record({ type: 'interrupted', at, id: 'c' });
    const known = JSON.stringify([...ledger.entries]);
    expect(ledger.get('a')).toMatchObject({ state: 'done', output: 'a.2.mp4', result, hook: 'pending' });
    expect(ledger.get('b')).toMatchObject({ state: 'queued', failures: [failure], retryAt: at });
    expect(ledger.get('c')).toMatchObject({ state: 'queued', crashes: 1 });
    await ledger.close();
    const again = await Ledger.open(path);
    expect(JSON.stringify([...again.entries])).toBe(known);
    await again.compact({ isForced: true });
    await again.close();
    expect((await readFile(path, 'utf8')).split('\n').length).toBe(5);
    const short = await Ledger.open(path);
    expect(JSON.parse(JSON.stringify([...short.entries]))).toEqual(JSON.parse(known));
    expect(short.lastInbox).toBe('/in');
    expect(short.ofFile('b.mp4')).toHaveLength(1);
    await short.close();
  });

  it('loses no record that comes while it is shortened', async () => {
    const path = freshPath();
    const ledger = await Ledger.open(path);
    const queue = (id: string): Promise<void> =>
      ledger.record({ type: 'queued', at, id, file: `${id}.mp4`, stamp, sha256: id });
    await Promise.all([queue('a'), ledger.compact({ isForced: true }), queue('b'), queue('c')]);
    await Promise.all([queue('d'), queue('e'), ledger.compact({ isForced: true }), queue('f')]);
    await ledger.close();
    const again = await Ledger.open(path);
    expect([...again.entries.keys()]).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    await again.close();
  });
});
