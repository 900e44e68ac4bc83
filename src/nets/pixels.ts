import { availableParallelism } from 'node:os';
import type { Scope } from '../core/scope.ts';
import type { TaskName, Tasks } from '../ops/tasks.ts';
import { buffersOf } from './serve.ts';
import { Thread } from './thread.ts';
import { workerFile } from './worker-file.ts';

/** A few worker threads for pixel work that would hold up the main thread. */
export type PixelPool = {
  readonly size: number;
  /**
   * Runs a task of ops/tasks.ts on the least busy worker. Buffers in `give` are handed over; everything else is
   * copied, except shared memory, which both sides see.
   */
  run<Name extends TaskName>(
    task: Name,
    input: Parameters<Tasks[Name]>[0],
    give?: readonly ArrayBufferView[],
  ): Promise<ReturnType<Tasks[Name]>>;
};

/** Starts `size` pixel workers and registers them with the scope. */
export function openPixelPool(size: number, scope: Scope): PixelPool {
  const threads = Array.from({ length: size }, (_, i) => new Thread(workerFile('pixels'), `pixels ${i}`));
  scope.defer('pixel workers', () => Promise.all(threads.map((thread) => thread.close())));
  return {
    size,
    run(task, input, give = []) {
      const thread = threads.reduce((least, other) => (other.pending < least.pending ? other : least));
      return thread.request({ task, input }, buffersOf(give));
    },
  };
}

const shared = new WeakMap<Scope, PixelPool>();

/**
 * The pixel workers of a run, or of all runs that share a lasting scope: one pool for all stages, a worker a processor,
 * two to four. Starting one costs tens of milliseconds.
 */
export function sharedPixels({ lasting }: Scope): PixelPool {
  const known = shared.get(lasting);
  if (known) return known;
  const pool = openPixelPool(Math.min(4, Math.max(2, availableParallelism())), lasting);
  shared.set(lasting, pool);
  return pool;
}
