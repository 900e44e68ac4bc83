import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJournal } from '../../../src/pipeline/watch/journal.ts';
import { countFrames, watchPlace, type WatchPlace } from '../../helpers/watch.ts';
import { startWatchProcess } from '../../helpers/watch-process.ts';

let place: WatchPlace;
beforeEach(async () => {
  place = await watchPlace();
});
afterEach(() => place.remove());

/** Numbers from 0 to 1, the same ones every time (mulberry32). */
function seeded(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type Record = { readonly type: string; readonly id: string };

/**
 * Kills the watch again and again, then lets it finish. Half of the kills come at any time, half shortly after
 * something was told, where a step is under way.
 */
async function killAndFinish(
  kills: number,
  args: readonly string[],
  env: { [name: string]: string },
): Promise<number> {
  const random = seeded(7);
  let killed = 0;
  let typicalMs = 700;
  // A run that ends before its moment comes does not count.
  for (let k = 0; killed < kills && k < 3 * kills; k++) {
    const startedAt = performance.now();
    const watch = startWatchProcess(args, { env });
    const kill = (): void => void watch.child.kill('SIGKILL');
    const [isAfterEvent, moment] = [random() < 0.5, random()];
    let countdown = 1 + Math.floor(random() * 5);
    watch.onEvent(({ event }) => {
      if (event === 'watching') typicalMs = 0.7 * typicalMs + 0.3 * (performance.now() - startedAt);
      countdown -= 1;
      if (isAfterEvent && countdown === 0) setTimeout(kill, moment * 30);
    });
    // The time it takes to begin differs with what else the machine does.
    const timer = setTimeout(kill, isAfterEvent ? 6 * typicalMs : moment * 2.5 * typicalMs);
    const { signal } = await watch.ended;
    clearTimeout(timer);
    if (signal === 'SIGKILL') killed += 1;
  }
  const last = startWatchProcess(args, { env });
  const ended = await last.ended;
  expect({ ...ended, stderr: last.stderr() }).toEqual({ exitCode: 0, signal: null, stderr: '' });
  return killed;
}

async function expectAllDoneOnce(files: ReadonlyMap<string, number>): Promise<void> {
  const wanted = [...files.keys()].flatMap((file) => [file, `${file}.json`, `${file}.log`]).sort();
  expect(await place.outputs()).toEqual(wanted);
  for (const [file, frames] of files) {
    expect([file, await countFrames(join(place.outputDir, file))]).toEqual([file, frames]);
  }
  const { records, damagedLines } = readJournal(
    await readFile(join(place.outputDir, '.facet', 'journal.jsonl')),
  );
  expect(damagedLines).toBe(0);
  const done = (records as readonly Record[]).filter(({ type }) => type === 'done').map(({ id }) => id);
  expect(done).toHaveLength(files.size);
  expect(new Set(done).size).toBe(files.size);
  // Nothing is left of what was killed, ours or an orphaned ffmpeg's.
  expect((await readdir(join(place.outputDir, '.facet'))).sort()).toEqual([
    'journal.jsonl',
    'status.json',
    'work',
  ]);
  expect(await readdir(join(place.outputDir, '.facet', 'work'))).toEqual([]);
  const everything = await readdir(place.path, { recursive: true });
  expect(everything.filter((name) => /part|\.new|lock/.test(name))).toEqual([]);
}

const args = (): string[] => [
  ...[place.inbox, '-o', place.outputDir, '--once', '--settle', '0.02', '--retry-wait', '0.1'],
];

describe('a watch that is killed', () => {
  it('30 times over 12 files completes every output, exactly once', async () => {
    const files = new Map<string, number>();
    for (let i = 0; i < 12; i++) {
      const file = i % 3 === 0 ? `sub/clip ${i}.mp4` : `clip${i}.mp4`;
      files.set(file, 2 + i);
      await place.clip(file, 2 + i, i);
    }
    const killed = await killAndFinish(30, args(), { FACET_TEST_KIND: 'copy' });
    expect(killed).toBeGreaterThanOrEqual(30);
    await expectAllDoneOnce(files);
  }, 600_000);

  it('while whole pipelines run leaves nothing of their ffmpegs', async () => {
    const files = new Map([
      ['a.mp4', 12],
      ['b.mp4', 9],
    ]);
    for (const [file, frames] of files) await place.clip(file, frames);
    expect(await killAndFinish(5, [...args(), '--jobs', '2'], {})).toBeGreaterThanOrEqual(3);
    await expectAllDoneOnce(files);
  }, 300_000);
});
