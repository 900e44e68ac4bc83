import type { StoredType } from '../stored-type.ts';

/** A run of elements in a file that tensors are views of. */
export type Storage = {
  readonly type: StoredType;
  /** Its name in the file. */
  readonly key: string;
  /** Elements it must hold. */
  readonly count: number;
  /** First element of a view into the storage `key` (legacy stream only). */
  readonly start: number;
};

/** A tensor in a checkpoint: a strided view of a storage. */
export class StoredTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly dims: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** Something that is only named: a class, a device, a type. */
export class Named {
  constructor(
    readonly name: string,
    readonly values: readonly Pickled[] = [],
  ) {}
}

/** What a pickle holds, as plain values. Dictionaries and option objects are Maps, lists and tuples arrays. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Pickled[]
  | Map<Pickled, Pickled>
  | StoredTensor
  | Storage
  | Named;

/** True for a storage that a persistent id named. */
export function isStorage(value: Pickled | undefined): value is Storage {
  return typeof value === 'object' && value !== null && 'type' in value && 'key' in value && 'count' in value;
}

/**
 * Dictionaries of strings, numbers, booleans and lists as plain objects, for option records; what has no such form
 * (tensors, devices) is left out.
 */
export function plainRecord(value: Pickled | undefined): Record<string, unknown> {
  if (!(value instanceof Map)) return {};
  const pairs = [...value].filter((pair): pair is [string, Pickled] => typeof pair[0] === 'string');
  return Object.fromEntries(
    pairs.map(([key, item]) => [key, plain(item, 0)]).filter(([, item]) => item !== undefined),
  ) as Record<string, unknown>;
}

function plain(value: Pickled, depth: number): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') {
    return value;
  }
  if (Array.isArray(value) && depth < 4 && value.length <= 10_000) {
    return value.map((item) => plain(item, depth + 1) ?? null);
  }
  return undefined;
}
