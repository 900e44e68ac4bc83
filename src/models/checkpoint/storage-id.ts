import { PickleProblem } from './errors.ts';
import { storageTypes } from './globals.ts';
import { Named, type Pickled, type Storage } from './pickled.ts';

/**
 * The storage of a persistent id: ('storage', class, key, location, count[, view]). Where it was (a GPU's name) does
 * not matter. A view (key, first element, count) is a part of the storage `key` (legacy stream).
 */
export function storageOfId(id: readonly Pickled[]): Storage {
  const [kind, type, key, , count, view] = id;
  const stored = type instanceof Named ? storageTypes.get(type.name) : undefined;
  if (kind !== 'storage' || !stored || typeof key !== 'string' || !isCount(count)) {
    throw new PickleProblem('a storage has no proper name');
  }
  if (view === undefined || view === null) return { type: stored, key, count, start: 0 };
  const [, start, viewCount] = Array.isArray(view) ? view : [];
  if (!isCount(start) || !isCount(viewCount) || start + viewCount > count) {
    throw new PickleProblem('a part of a storage reaches beyond it');
  }
  return { type: stored, key, count: viewCount, start };
}

function isCount(value: Pickled | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
