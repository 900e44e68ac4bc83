import { closeSync, fstatSync, openSync } from 'node:fs';
import { ModelError } from '../core/errors.ts';
import type { Weights } from '../core/weights.ts';
import { readAt } from './read-at.ts';
import { decodeFloats, elementBytes, type StoredType } from './stored-type.ts';

/** An open weights file: read what is needed, then close. */
export type WeightsFile = Weights & {
  /** Text records beside the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
  close(): void;
};

const types: ReadonlyMap<unknown, StoredType> = new Map([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

/** Larger headers than this are refused before they are read. */
const maxHeaderBytes = 64 * 2 ** 20;

type Entry = { readonly type: StoredType; readonly dims: readonly number[]; readonly begin: number };

/**
 * Opens a safetensors file: 8 bytes of header length, a JSON header, raw little-endian data. Tensors are read from
 * disk when asked for.
 *
 * @throws {ModelError} MODEL_UNREADABLE when it is no such file, truncated, or its tables contradict it
 */
export function openSafetensors(path: string): WeightsFile {
  const bad = (why: string, cause?: unknown): ModelError =>
    new ModelError(`${path} is not a readable safetensors file: ${why}.`, {
      code: 'MODEL_UNREADABLE',
      hint: 'Fetch the file again, or check that it is the right one.',
      cause,
    });
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw bad('it cannot be opened', cause);
  }
  try {
    const size = fstatSync(file).size;
    const length = size >= 8 ? Number(readAt(file, 0, 8).readBigUInt64LE(0)) : 0;
    if (length < 2 || length > maxHeaderBytes || 8 + length > size) throw bad(`its header says ${length} bytes`);
    let header: unknown;
    try {
      header = JSON.parse(readAt(file, 8, length).toString('utf8'));
    } catch (cause) {
      throw bad('its header is no JSON', cause);
    }
    if (!isRecord(header)) throw bad('its header is no table');
    const start = 8 + length;
    const entries = new Map<string, Entry>();
    for (const [key, value] of Object.entries(header)) {
      if (key === '__metadata__') continue;
      const entry = readEntry(value, size - start);
      if (typeof entry === 'string') throw bad(`tensor "${key.slice(0, 100)}" ${entry}`);
      entries.set(key, entry);
    }
    return {
      keys: [...entries.keys()],
      metadata: textRecord(header['__metadata__']),
      dims: (key) => entries.get(key)?.dims,
      read(key) {
        const entry = entries.get(key);
        if (!entry) throw bad(`it has no tensor "${key}"`);
        const bytes = product(entry.dims) * elementBytes[entry.type];
        return decodeFloats(readAt(file, start + entry.begin, bytes), entry.type);
      },
      close: () => {
        closeSync(file);
      },
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** A tensor's entry, or what is wrong with it. */
function readEntry(value: unknown, dataBytes: number): Entry | string {
  if (!isRecord(value)) return 'has no table';
  const type = types.get(value['dtype']);
  if (!type) return `has element type ${JSON.stringify(value['dtype'])?.slice(0, 20) ?? 'none'}`;
  const dims = sizes(value['shape']);
  const offsets = sizes(value['data_offsets']);
  if (!dims || offsets?.length !== 2) return 'has no shape or offsets';
  const [begin = 0, end = 0] = offsets;
  if (end - begin !== product(dims) * elementBytes[type] || end > dataBytes) return 'does not fit its offsets';
  return { type, dims, begin };
}

function textRecord(value: unknown): Record<string, string> {
  const pairs = Object.entries(isRecord(value) ? value : {});
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

function sizes(value: unknown): number[] | undefined {
  if (!Array.isArray(value) || value.length > 32) return undefined;
  const isSizes = value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
  return isSizes ? (value as number[]) : undefined;
}

function product(dims: readonly number[]): number {
  return dims.reduce((result, dim) => result * dim, 1);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
