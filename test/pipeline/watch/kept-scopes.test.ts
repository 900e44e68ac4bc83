import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { lastValueFrom, NEVER, of, Subject, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../../src/core/scope.ts';
import { KeptScopes } from '../../../src/pipeline/watch/kept-scopes.ts';
import { swapKind } from '../../../src/pipeline/watch/swap-kind.ts';
import { ffmpeg } from '../../helpers/media.ts';
import { watchOnce, watchPlace, type WatchPlace } from '../../helpers/watch.ts';

const sample = (name: string): string => join(import.meta.dirname, '..', '..', '..', 'samples', name);

describe('KeptScopes', () => {
  const use = (kept: KeptScopes, key: string): Promise<Scope> =>
    lastValueFrom(kept.use(key, (scope) => of(scope)));

  it('gives jobs with the same key the same scope, one after the other and at once', async () => {
    const kept = new KeptScopes();
    const going = new Subject<Scope>();
    const scopes: Scope[] = [];
    kept.use('a', (scope) => (scopes.push(scope), going)).subscribe();
    expect(await use(kept, 'a')).toBe(scopes[0]);
    going.complete();
    expect(await use(kept, 'a')).toBe(scopes[0]);
    expect(scopes[0]?.isClosed).toBe(false);
    await kept.close();
    expect(scopes[0]?.isClosed).toBe(true);
  });

  it('closes the scope of another key when its last job has ended', async () => {
    const kept = new KeptScopes();
    const scopes: Scope[] = [];
    const going = kept.use('a', (scope) => (scopes.push(scope), NEVER)).subscribe();
    const other = await use(kept, 'b');
    expect([scopes[0]?.isClosed, other.isClosed]).toEqual([false, false]);
    going.unsubscribe();
    expect([scopes[0]?.isClosed, other.isClosed]).toEqual([true, false]);
    await kept.close();
    expect(other.isClosed).toBe(true);
  });

  it('does not use again what a job failed with, nor what was told to rest', async () => {
    const kept = new KeptScopes();
    const first = await use(kept, 'a');
    await expect(
      lastValueFrom(kept.use('a', () => throwError(() => new Error('worker gone')))),
    ).rejects.toThrow('worker gone');
    expect(first.isClosed).toBe(true);
    const second = await use(kept, 'a');
    kept.rest();
    expect(second.isClosed).toBe(true);
    expect(await use(kept, 'a')).not.toBe(second);
    await kept.close();
  });

  it('closes what nobody has used for a while', async () => {
    const kept = new KeptScopes(1);
    const scope = await use(kept, 'a');
    await new Promise<void>((resolve) => {
      scope.defer('told', resolve);
    });
    expect(scope.isClosed).toBe(true);
    await kept.close();
  });
});

describe('a watch that swaps', () => {
  let place: WatchPlace;
  beforeEach(async () => {
    place = await watchPlace();
  });
  afterEach(() => place.remove());

  it('opens its networks for the first file and closes them at the end', { timeout: 300_000 }, async () => {
    for (const name of ['a.mp4', 'b.mp4']) {
      await ffmpeg('-i', sample('talk.mp4'), '-frames:v', '3', '-an', join(place.inbox, name));
    }
    const workers: Worker[] = [];
    const exits: Promise<unknown>[] = [];
    const count = (worker: Worker): void => {
      workers.push(worker);
      exits.push(new Promise((resolve) => worker.once('exit', resolve)));
    };
    process.on('worker', count);
    const atEnd: number[] = [];
    const events = await watchOnce(
      { ...place.options, source: sample('source-1.png'), device: 'cpu' },
      { kind: swapKind, onEvent: ({ event }) => void (event === 'done' && atEnd.push(workers.length)) },
    );
    process.off('worker', count);
    expect(events.at(-1)).toMatchObject({ event: 'stopped', done: 2, failed: 0 });
    expect(atEnd[0]).toBeGreaterThan(6);
    expect(atEnd[1]).toBe(atEnd[0]);
    await Promise.all(exits);
  });
});
