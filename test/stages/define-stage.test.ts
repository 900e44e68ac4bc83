import { concat, lastValueFrom, NEVER, Observable, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { FramePool } from '../../src/core/frame.ts';
import { Item } from '../../src/core/item.ts';
import type { Scope } from '../../src/core/scope.ts';
import { defineStage, StageError, type Stage, type StageSpec } from '../../src/stages/define-stage.ts';
import { inScope } from '../../src/stages/in-scope.ts';
import { frames, settles, smallVideo, stageContext, stageContract } from '../contract/stage.ts';

type Plain = Item<never>;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function stageOf(
  spec: Partial<StageSpec<Plain, Plain>> & Pick<StageSpec<Plain, Plain>, 'open'>,
): Stage<Plain, Plain> {
  return defineStage({ name: 'probe', concurrency: 1, lookahead: 0, ...spec });
}

const items = (count: number, pool: FramePool): Observable<Plain> =>
  new Observable((subscriber) =>
    frames(count, pool).subscribe({
      next: (frame) => {
        subscriber.next(new Item<never>(frame, []));
      },
      complete: () => {
        subscriber.complete();
      },
    }),
  );

const pool = (size: number): FramePool => new FramePool(size, smallVideo.layout.bytes);

/** Runs a stage over some items; resolves with the indexes in the order in which they came out. */
async function indexes(stage: Stage<Plain, Plain>, count: number, buffers: FramePool): Promise<number[]> {
  return lastValueFrom(
    inScope((scope) =>
      items(count, buffers).pipe(
        stage.in(stageContext(scope)),
        tap((item) => {
          item.release();
        }),
      ),
    ).pipe(toArray()),
  ).then((all) => all.map(({ frame }) => frame.index));
}

const keepTwo = (): Stage<Plain, Plain> =>
  stageOf({
    lookahead: 2,
    open: () => {
      const kept: Plain[] = [];
      return Promise.resolve({
        process(item: Plain) {
          kept.push(item);
          return kept.length > 2 ? [kept.shift()!] : [];
        },
        flush: () => kept.splice(0),
        drop() {
          for (const item of kept.splice(0)) item.release();
        },
      });
    },
  });

stageContract('a plain stage', {
  make: () => stageOf({ open: () => Promise.resolve({ process: (item: Plain) => [item] }) }),
  item: (frame) => new Item<never>(frame, []),
  indexOf: ({ frame }) => frame.index,
});
stageContract('a slow parallel stage', {
  make: () =>
    stageOf({
      concurrency: 3,
      open: async () => {
        await sleep(5);
        return {
          async process(item: Plain) {
            await sleep(((item.frame.index * 7) % 5) * 2);
            return [item];
          },
        };
      },
    }),
  item: (frame) => new Item<never>(frame, []),
  indexOf: ({ frame }) => frame.index,
});
stageContract('a stage with a lookahead', {
  make: keepTwo,
  item: (frame) => new Item<never>(frame, []),
  indexOf: ({ frame }) => frame.index,
});

describe('defineStage', () => {
  it('keeps input order when a later frame finishes first', async () => {
    const finished: number[] = [];
    const stage = stageOf({
      concurrency: 4,
      open: () =>
        Promise.resolve({
          async process(item: Plain) {
            await sleep(item.frame.index % 4 === 0 ? 20 : 1);
            finished.push(item.frame.index);
            return [item];
          },
        }),
    });
    expect(await indexes(stage, 12, pool(6))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(finished).not.toEqual([...finished].sort((a, b) => a - b));
  });

  it('never has more than `concurrency` inputs at work, and reaches it', async () => {
    let [active, most] = [0, 0];
    const stage = stageOf({
      concurrency: 3,
      open: () =>
        Promise.resolve({
          async process(item: Plain) {
            active += 1;
            most = Math.max(most, active);
            await sleep(3);
            active -= 1;
            return [item];
          },
        }),
    });
    await indexes(stage, 20, pool(8));
    expect(most).toBe(3);
  });

  it('names stage and frame when processing fails, and gives the buffers back', async () => {
    const buffers = pool(4);
    const stage = stageOf({
      concurrency: 2,
      open: () =>
        Promise.resolve({
          async process(item: Plain) {
            await sleep(2);
            if (item.frame.index === 3) throw new Error('no luck');
            return [item];
          },
        }),
    });
    const failed = await indexes(stage, 9, buffers).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(StageError);
    expect(failed).toMatchObject({
      stage: 'probe',
      frameIndex: 3,
      message: 'Stage probe failed at frame 3: no luck',
    });
    await settles(() => buffers.free === buffers.size);
    expect(buffers.free).toBe(buffers.size);
  });

  it('notes stage and frame on an error of the user and leaves its class alone', async () => {
    const stage = stageOf({
      open: () =>
        Promise.resolve({
          process(item: Plain) {
            if (item.frame.index < 1) return [item];
            throw new UsageError('Not so.', { code: 'USAGE_TEST', hint: 'Otherwise.' });
          },
        }),
    });
    const failed = await indexes(stage, 3, pool(3)).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(UsageError);
    expect(failed).toMatchObject({ stage: 'probe', frameIndex: 1, code: 'USAGE_TEST' });
  });

  it('fails when opening fails, and releases what waited', async () => {
    const buffers = pool(3);
    const stage = stageOf({ open: () => sleep(10).then(() => Promise.reject(new Error('no session'))) });
    await expect(indexes(stage, 3, buffers)).rejects.toThrow('Stage probe failed: no session');
    expect(buffers.free).toBe(buffers.size);
  });

  it('stands still for ever in a pool no larger than its lookahead, so plans must not do that', async () => {
    const buffers = pool(2);
    let done = false;
    void indexes(keepTwo(), 5, buffers).then(() => {
      done = true;
    });
    await sleep(50);
    expect(done).toBe(false);
    expect(buffers.free).toBe(0);
  });

  it('closes resources after the work in flight is done, in reverse order, once', async () => {
    const log: string[] = [];
    const stage = stageOf({
      open: ({ scope }) => {
        scope.defer('first', () => log.push('close first'));
        scope.defer('second', () => log.push('close second'));
        return Promise.resolve({
          async process(item: Plain) {
            await sleep(30);
            log.push('work done');
            return [item];
          },
        });
      },
    });
    const buffers = pool(3);
    let scope: Scope | undefined;
    const subscription = inScope((opened) => {
      scope = opened;
      return concat(items(1, buffers), NEVER).pipe(stage.in(stageContext(opened)));
    }).subscribe();
    await sleep(10);
    subscription.unsubscribe();
    await scope?.close();
    expect(log).toEqual(['work done', 'close second', 'close first']);
    expect(buffers.free).toBe(buffers.size);
  });

  it('delivers the first error, then those of closing, together', async () => {
    const run = inScope((scope) => {
      scope.defer('bad', () => {
        throw new Error('stuck');
      });
      return new Observable<never>((subscriber) => {
        subscriber.error(new Error('first'));
      });
    });
    const failed = await lastValueFrom(run, { defaultValue: undefined }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(AggregateError);
    expect((failed as AggregateError).errors.map(String)).toEqual(['Error: first', 'Error: stuck']);
  });
});
