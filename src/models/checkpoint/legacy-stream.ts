import { readAt } from '../read-at.ts';
import { elementBytes } from '../stored-type.ts';
import { ByteSource } from './byte-source.ts';
import type { Container } from './container.ts';
import { PickleProblem } from './errors.ts';
import type { Storage } from './pickled.ts';
import { storageOfId } from './storage-id.ts';
import { unpickle } from './unpickle.ts';

const magic = 0x1950a86a20f9469cfc6cn;

/**
 * The format before torch 1.6: five pickles (magic number, version, facts about the writing machine, the content, the
 * order of the storages), then each storage as its count (int64) and raw data.
 */
export function openLegacyStream(file: number, size: number): Container {
  const source = ByteSource.ofFile(file, 0, size);
  const none = (): never => {
    throw new PickleProblem('a storage stands where none can be');
  };
  if (unpickle(source, none) !== magic) throw new PickleProblem('it does not begin as one');
  const version = unpickle(source, none);
  if (version !== 1001) throw new PickleProblem(`its format version is ${String(version)}`);
  const system = unpickle(source, none);
  if (system instanceof Map && system.get('little_endian') === false) {
    throw new PickleProblem('its numbers are big-endian');
  }
  const named = new Map<string, { readonly width: number; count: number }>();
  const root = unpickle(source, (id) => {
    const storage = storageOfId(id);
    const width = elementBytes[storage.type];
    const known = named.get(storage.key);
    if (known && known.width !== width) throw new PickleProblem('a storage has two types');
    // A view's own count says little; the whole storage's is id[4].
    const count = typeof id[4] === 'number' ? id[4] : storage.count;
    named.set(storage.key, { width, count: Math.max(count, known?.count ?? 0) });
    return storage;
  });
  const keys = unpickle(source, none);
  if (!Array.isArray(keys)) throw new PickleProblem('the list of its storages is missing');
  const starts = new Map<string, number>();
  let at = source.position;
  for (const key of keys) {
    const storage = typeof key === 'string' ? named.get(key) : undefined;
    if (!storage || starts.has(key as string)) throw new PickleProblem('the list of its storages is corrupt');
    if (at + 8 > size) throw new PickleProblem('it is truncated');
    const count = Number(readAt(file, at, 8).readBigInt64LE(0));
    if (!(count >= storage.count)) throw new PickleProblem('a storage is too short');
    at += 8;
    starts.set(key as string, at);
    at += count * storage.width;
    if (at > size) throw new PickleProblem('it is truncated');
  }
  for (const key of named.keys()) if (!starts.has(key)) throw new PickleProblem('a storage is missing');
  return {
    root,
    read(storage: Storage, offset, length) {
      const first = starts.get(storage.key)! + storage.start * elementBytes[storage.type];
      return readAt(file, first + offset, length);
    },
  };
}
