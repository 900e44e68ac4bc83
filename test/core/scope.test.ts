import { expect, test } from 'vitest';
import { Scope } from '../../src/core/scope.ts';

test('closes in reverse order, once', async () => {
  const log: string[] = [];
  const scope = new Scope();
  scope.defer('first', () => log.push('first'));
  scope.defer('second', async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    log.push('second');
  });
  await Promise.all([scope.close(), scope.close()]);
  expect(log).toEqual(['second', 'first']);
});

test('closes the others when one fails, and reports the failure', async () => {
  const log: string[] = [];
  const scope = new Scope();
  scope.defer('file', () => log.push('file'));
  scope.defer('session', () => {
    throw new Error('busy');
  });
  await expect(scope.close()).rejects.toThrow('busy');
  expect(log).toEqual(['file']);
});

test('reports several failures together', async () => {
  const scope = new Scope();
  for (const what of ['a', 'b']) {
    scope.defer(what, () => {
      throw new Error(what);
    });
  }
  const error = await scope.close().catch((e: unknown) => e);
  expect(error).toBeInstanceOf(AggregateError);
  expect((error as AggregateError).errors).toHaveLength(2);
});

test('refuses new resources once it closes', async () => {
  const scope = new Scope();
  await scope.close();
  expect(scope.isClosed).toBe(true);
  expect(() => {
    scope.defer('late', () => undefined);
  }).toThrow('late');
});
