import { expect, test } from 'vitest';
import { Scope } from '../../src/core/scope.ts';
import { openPixelPool } from '../../src/nets/pixels.ts';
import { Thread } from '../../src/nets/thread.ts';
import { workerFile } from '../../src/nets/worker-file.ts';

test('runs a task in a worker and gives its result back', async () => {
  const scope = new Scope();
  const pool = openPixelPool(2, scope);
  const results = await Promise.all([1, 2, 3].map((value) => pool.run('echo', { value })));
  expect(results).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }]);
  await scope.close();
});

test('an error in a task rejects that request only', async () => {
  const thread = new Thread(workerFile('pixels'), 'pixels');
  await expect(thread.request({ task: 'no such task', input: {} })).rejects.toThrow();
  await expect(thread.request({ task: 'echo', input: { value: 7 } })).resolves.toEqual({ value: 7 });
  await thread.close();
});

test('closing lets the request in work finish and refuses later ones', async () => {
  const thread = new Thread(workerFile('pixels'), 'pixels');
  const inWork = thread.request({ task: 'echo', input: { value: 1 } });
  const closed = thread.close();
  await expect(thread.request({ task: 'echo', input: { value: 2 } })).rejects.toThrow('closed');
  await expect(inWork).resolves.toEqual({ value: 1 });
  await closed;
});

test('a worker that cannot start rejects its requests', async () => {
  const thread = new Thread(new URL('file:///nowhere/worker.js'), 'nowhere');
  await expect(thread.request({ task: 'echo', input: { value: 1 } })).rejects.toThrow();
  await thread.close();
});
