import { floatFromHalf } from '../../ops/graph/half.ts';
import type { StoredType } from '../stored-type.ts';
import { PickleProblem } from './errors.ts';
import { isStorage, Named, StoredTensor, type Pickled } from './pickled.ts';

/** Element types by the name of torch's storage class. */
export const storageTypes: ReadonlyMap<string, StoredType> = new Map([
  ['torch.DoubleStorage', 'float64'],
  ['torch.FloatStorage', 'float32'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
]);

/** What calling an allowed name with arguments gives. Nothing else can be called. */
const calls: Readonly<Record<string, (args: readonly Pickled[]) => Pickled>> = {
  'collections.OrderedDict': pairs,
  'torch._utils._rebuild_tensor_v2': tensor,
  'torch._utils._rebuild_tensor': tensor,
  'torch._utils._rebuild_parameter': ([data]) => data ?? null,
  'torch.Size': ([sizes]) => (Array.isArray(sizes) ? sizes : []),
  'torch.device': (args) => new Named('torch.device', args),
  'argparse.Namespace': () => new Map(),
  'numpy.dtype': ([name]) => new Named(`numpy.dtype ${String(name)}`),
  'numpy.core.multiarray.scalar': numpyScalar,
  'numpy._core.multiarray.scalar': numpyScalar,
  '_codecs.encode': ([text]) => (typeof text === 'string' ? Buffer.from(text, 'latin1') : null),
};

/** Types of torch that appear as values of options. */
const typeNames = /^torch\.(float(16|32|64)|bfloat16|half|double|u?int(8|16|32|64)|long|bool)$/;

/** Finds a name in the allow-list. @throws {PickleProblem} when it is not there */
export function findGlobal(module: string, name: string): Named {
  const full = `${module}.${name}`;
  if (Object.hasOwn(calls, full) || storageTypes.has(full) || typeNames.test(full)) return new Named(full);
  throw new PickleProblem(`it names ${full.slice(0, 120)}, which is not needed for tensors`, true);
}

/** Calls an allowed name. */
export function callGlobal(callee: Pickled, args: Pickled): Pickled {
  if (!(callee instanceof Named) || !Array.isArray(args)) throw new PickleProblem('it calls something that is no name');
  const call = Object.hasOwn(calls, callee.name) ? calls[callee.name] : undefined;
  if (!call) throw new PickleProblem(`it calls ${callee.name}`, true);
  return call(args);
}

/** State set on an object: attributes of an option object; of everything else it is not needed. */
export function setState(target: Pickled, state: Pickled, isNamespace: boolean): void {
  if (isNamespace && target instanceof Map && state instanceof Map) {
    for (const [key, value] of state) target.set(key, value);
  }
}

function pairs([items]: readonly Pickled[]): Map<Pickled, Pickled> {
  const map = new Map<Pickled, Pickled>();
  if (items === undefined) return map;
  if (!Array.isArray(items)) throw new PickleProblem('an OrderedDict is made of no list');
  for (const item of items) {
    if (!Array.isArray(item) || item.length !== 2) throw new PickleProblem('an OrderedDict is made of no pairs');
    map.set(item[0]!, item[1]!);
  }
  return map;
}

function tensor([storage, offset, dims, strides]: readonly Pickled[]): StoredTensor {
  const isSizes = (value: Pickled | undefined): value is number[] =>
    Array.isArray(value) &&
    value.length <= 32 &&
    value.every((item) => typeof item === 'number' && Number.isSafeInteger(item) && item >= 0);
  if (!isStorage(storage) || !isSizes([offset ?? -1]) || !isSizes(dims) || !isSizes(strides)) {
    throw new PickleProblem('a tensor is made of something else than a storage and sizes');
  }
  if (dims.length !== strides.length) throw new PickleProblem('a tensor has other strides than sizes');
  const count = dims.reduce((product, size) => product * size, 1);
  const last = dims.reduce((sum, size, i) => sum + Math.max(0, size - 1) * strides[i]!, offset as number);
  if (count > 0 && last >= storage.count) throw new PickleProblem('a tensor reaches beyond its storage');
  // Strides of 0 make a large tensor of a small storage; no network needs that.
  if (count > Math.max(storage.count, 2 ** 24)) throw new PickleProblem('a tensor is larger than its storage');
  return new StoredTensor(storage, offset as number, dims, strides);
}

function numpyScalar([type, data]: readonly Pickled[]): Pickled {
  if (!(type instanceof Named) || !(data instanceof Uint8Array)) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const readers: Readonly<Record<string, readonly [number, () => number]>> = {
    f8: [8, () => view.getFloat64(0, true)],
    f4: [4, () => view.getFloat32(0, true)],
    f2: [2, () => floatFromHalf(view.getUint16(0, true))],
    i8: [8, () => Number(view.getBigInt64(0, true))],
    i4: [4, () => view.getInt32(0, true)],
    i2: [2, () => view.getInt16(0, true)],
    i1: [1, () => view.getInt8(0)],
    u1: [1, () => view.getUint8(0)],
    b1: [1, () => view.getUint8(0)],
  };
  const reader = readers[type.name.split(' ')[1] ?? ''];
  return reader && data.length === reader[0] ? reader[1]() : null;
}
