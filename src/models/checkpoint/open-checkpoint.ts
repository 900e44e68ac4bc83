import { closeSync, fstatSync, openSync } from 'node:fs';
import { FacetError } from '../../core/errors.ts';
import type { Weights } from '../../core/weights.ts';
import { readAt } from '../read-at.ts';
import { decodeFloats, elementBytes } from '../stored-type.ts';
import type { Container } from './container.ts';
import { PickleProblem, pickleError, unreadable } from './errors.ts';
import { openLegacyStream } from './legacy-stream.ts';
import { StoredTensor, type Pickled } from './pickled.ts';
import { openZipContainer } from './zip-container.ts';

/** An open PyTorch checkpoint. Tensors stay on disk until they are read. */
export type Checkpoint = {
  /** Its content: dictionaries as Maps, tensors unread. */
  readonly root: Pickled;
  /**
   * The tensors of a dictionary in it.
   *
   * @param stripPrefix taken off the front of keys that begin with it (`module.` of DistributedDataParallel)
   */
  weights(dictionary: ReadonlyMap<Pickled, Pickled>, stripPrefix?: string): Weights;
  close(): void;
};

/**
 * Opens a `.pt`/`.pth` file of PyTorch: the zip container or the legacy stream, told by its first bytes. Knows what
 * tensors, dictionaries and option objects need and runs nothing.
 *
 * @throws {ModelError} MODEL_UNREADABLE (truncated, corrupt, encrypted, no checkpoint) or MODEL_UNSAFE (it names
 * something outside the allow-list)
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw unreadable(path, 'it cannot be opened', cause);
  }
  try {
    const container = await openContainer(path, file);
    return {
      root: container.root,
      weights: (dictionary, stripPrefix = '') => weightsOf(path, container, dictionary, stripPrefix),
      close: () => {
        closeSync(file);
      },
    };
  } catch (error) {
    closeSync(file);
    throw typed(path, error);
  }
}

async function openContainer(path: string, file: number): Promise<Container> {
  const { size } = fstatSync(file);
  if (size < 16) throw new PickleProblem(`it has ${size} bytes`);
  const head = readAt(file, 0, 4).toString('latin1');
  if (head === 'PK\x03\x04') return openZipContainer(path, file);
  if (head.startsWith('\x80')) return openLegacyStream(file, size);
  throw new PickleProblem('it begins like neither format');
}

function weightsOf(
  path: string,
  container: Container,
  dictionary: ReadonlyMap<Pickled, Pickled>,
  stripPrefix: string,
): Weights {
  const tensors = new Map<string, StoredTensor>();
  for (const [key, value] of dictionary) {
    if (typeof key !== 'string' || !(value instanceof StoredTensor)) continue;
    const name = key.startsWith(stripPrefix) ? key.slice(stripPrefix.length) : key;
    if (tensors.has(name)) throw unreadable(path, `it has two tensors "${name.slice(0, 100)}"`);
    tensors.set(name, value);
  }
  return {
    keys: [...tensors.keys()],
    dims: (key) => tensors.get(key)?.dims,
    read(key) {
      const tensor = tensors.get(key);
      if (!tensor) throw unreadable(path, `it has no tensor "${key}"`);
      try {
        return readTensor(container, tensor);
      } catch (error) {
        throw typed(path, error);
      }
    },
  };
}

/** A tensor's elements in row-major order: one read of the span they lie in, then by strides. */
function readTensor(container: Container, { storage, offset, dims, strides }: StoredTensor): Float32Array {
  const count = dims.reduce((product, size) => product * size, 1);
  if (count === 0) return new Float32Array(0);
  const span = dims.reduce((sum, size, i) => sum + (size - 1) * strides[i]!, 1);
  const width = elementBytes[storage.type];
  const values = decodeFloats(container.read(storage, offset * width, span * width), storage.type);
  let dense = 1;
  let isDense = span === count;
  for (let i = dims.length - 1; i >= 0; i--) {
    if (dims[i]! > 1 && strides[i] !== dense) isDense = false;
    dense *= dims[i]!;
  }
  if (isDense) return values;
  const result = new Float32Array(count);
  const index = dims.map(() => 0);
  let at = 0;
  for (let i = 0; i < count; i++) {
    result[i] = values[at]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < dims[axis]!) break;
      at -= strides[axis]! * dims[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Problems below become the typed error that names the file; everything else is a damaged file too. */
function typed(path: string, error: unknown): Error {
  if (error instanceof FacetError) return error;
  if (error instanceof PickleProblem) return pickleError(path, error);
  return unreadable(path, error instanceof Error ? error.message.replace(/\.$/, '') : String(error), error);
}
