import type { StoredType } from '../../src/models/stored-type.ts';

/** A tensor to be written: a view of a storage that is named by its key. */
export type WrittenTensor = {
  readonly storage: string;
  readonly type: StoredType;
  readonly storageCount: number;
  readonly offset?: number;
  readonly dims: readonly number[];
  readonly strides?: readonly number[];
};

const classes: Readonly<Record<StoredType, string>> = {
  float64: 'DoubleStorage',
  float32: 'FloatStorage',
  float16: 'HalfStorage',
  bfloat16: 'BFloat16Storage',
  int64: 'LongStorage',
  int32: 'IntStorage',
  int16: 'ShortStorage',
  int8: 'CharStorage',
  uint8: 'ByteStorage',
  bool: 'BoolStorage',
};

/** Builds pickles (protocol 2) as torch.save does: opcodes written by hand, so tests can also write wrong ones. */
export class PickleWriter {
  readonly #parts: Buffer[] = [Buffer.from([0x80, 2])];
  readonly #isLegacy: boolean;

  constructor(isLegacy = false) {
    this.#isLegacy = isLegacy;
  }

  op(...bytes: number[]): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  text(value: string): this {
    const bytes = Buffer.from(value, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    this.#parts.push(Buffer.from('X'), length, bytes);
    return this;
  }

  global(module: string, name: string): this {
    this.#parts.push(Buffer.from(`c${module}\n${name}\n`));
    return this;
  }

  integer(value: number): this {
    const bytes = Buffer.alloc(10);
    if (value >= -(2 ** 31) && value < 2 ** 31) {
      bytes.write('J');
      bytes.writeInt32LE(value, 1);
      this.#parts.push(bytes.subarray(0, 5));
    } else {
      bytes.set([0x8a, 8]);
      bytes.writeBigInt64LE(BigInt(value), 2);
      this.#parts.push(bytes);
    }
    return this;
  }

  /** null, booleans, numbers, strings, arrays (as tuples), plain objects (as dictionaries). */
  value(value: unknown): this {
    if (value === null) return this.op(0x4e);
    if (typeof value === 'boolean') return this.op(value ? 0x88 : 0x89);
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number' && Number.isInteger(value)) return this.integer(value);
    if (typeof value === 'number') {
      const bytes = Buffer.alloc(9);
      bytes.write('G');
      bytes.writeDoubleBE(value, 1);
      this.#parts.push(bytes);
      return this;
    }
    if (Array.isArray(value)) return this.tuple(value.map((item) => () => this.value(item)));
    return this.dictionary(
      Object.entries(value as object).map(([key, item]) => [key, () => this.value(item)]),
    );
  }

  tuple(items: readonly (() => unknown)[]): this {
    this.op(0x28);
    for (const item of items) item();
    return this.op(0x74);
  }

  dictionary(items: readonly (readonly [string, () => unknown])[]): this {
    return this.op(0x7d).items(items);
  }

  /** An OrderedDict with a `_metadata` attribute, as a state_dict is. */
  stateDict(items: readonly (readonly [string, () => unknown])[]): this {
    this.global('collections', 'OrderedDict').op(0x29, 0x52).items(items);
    return this.value({ _metadata: { version: 1 } }).op(0x62);
  }

  items(items: readonly (readonly [string, () => unknown])[]): this {
    this.op(0x28);
    for (const [key, item] of items) {
      this.text(key);
      item();
    }
    return this.op(0x75);
  }

  tensor(tensor: WrittenTensor): this {
    const strides = tensor.strides ?? denseStrides(tensor.dims);
    const id = [
      'storage',
      () => this.global('torch', classes[tensor.type]),
      tensor.storage,
      'cuda:3',
      tensor.storageCount,
    ];
    this.global('torch._utils', '_rebuild_tensor_v2').op(0x28);
    const parts = this.#isLegacy ? [...id, null] : id;
    this.tuple(parts.map((part) => (typeof part === 'function' ? part : () => this.value(part)))).op(0x51);
    this.value(tensor.offset ?? 0)
      .value([...tensor.dims])
      .value([...strides])
      .value(false);
    return this.global('collections', 'OrderedDict').op(0x29, 0x52).op(0x74, 0x52);
  }

  finish(): Buffer {
    return Buffer.concat([...this.#parts, Buffer.from('.')]);
  }
}

export function denseStrides(dims: readonly number[]): number[] {
  return dims.map((_, i) => dims.slice(i + 1).reduce((product, size) => product * size, 1));
}
