import { attributeKind, type ElementType } from './onnx-proto.ts';

/** A size known now, or the name of one that is known when the graph runs. */
export type Dim = number | string;

/** A tensor in a graph under construction. */
export type Value = { readonly name: string; readonly type: ElementType; readonly dims: readonly Dim[] };

export type AttributeValue = number | string | readonly number[] | { readonly float: number };

export type GraphNode = {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
};

export type Constant = Value & { readonly data: Uint8Array };

/** A finished graph: what `encodeGraph` writes. */
export type OnnxGraph = {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly Constant[];
};

/** ONNX operator set of every graph that facet writes. */
export const opset = 17;

/**
 * Collects nodes in running order. Shapes are given when a node is added (nodes.ts works them out and checks
 * them), names are unique, and a value of another builder is refused.
 */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: GraphNode[] = [];
  readonly #inputs: Value[] = [];
  readonly #outputs: Value[] = [];
  readonly #constants: Constant[] = [];
  readonly #values = new Map<string, Value>();
  readonly #integers = new Map<string, Value>();
  #scope = '';

  constructor(name: string) {
    this.#name = name;
  }

  /** Adds values under `prefix/` while `build` runs: names tell the layer they belong to. */
  scoped<T>(prefix: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = `${outer}${prefix}/`;
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  input(name: string, type: ElementType, dims: readonly Dim[]): Value {
    const value = this.#define({ name, type, dims });
    this.#inputs.push(value);
    return value;
  }

  /** Makes a value an output of that name. */
  output(name: string, value: Value): void {
    this.#known(value);
    const output = this.#define({ name, type: value.type, dims: value.dims });
    this.#nodes.push({ op: 'Identity', inputs: [value.name], output: name, attributes: {} });
    this.#outputs.push(output);
  }

  /** A float32 constant. */
  floats(name: string, data: Float32Array, dims: readonly number[]): Value {
    return this.#constant(name, 'float32', data, dims);
  }

  /** A constant of whole numbers; equal ones are stored once. `dims` [] is a scalar. */
  integers(
    data: readonly number[],
    dims: readonly number[] = [data.length],
    type: 'int64' | 'int32' = 'int64',
  ): Value {
    const key = `${type} ${dims.join('x')}:${data.join(',')}`;
    const known = this.#integers.get(key);
    if (known) return known;
    const array = type === 'int32' ? Int32Array.from(data) : new BigInt64Array(data.map(BigInt));
    const outer = this.#scope;
    this.#scope = '';
    const value = this.#constant(`integers_${this.#integers.size}`, type, array, dims);
    this.#scope = outer;
    this.#integers.set(key, value);
    return value;
  }

  /** Adds a node with one output of the given type and shape. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, AttributeValue>>,
    type: ElementType,
    dims: readonly Dim[],
  ): Value {
    for (const input of inputs) if (input) this.#known(input);
    const value = this.#define({ name: this.#unique(op), type, dims });
    this.#nodes.push({ op, inputs: inputs.map((v) => v?.name ?? ''), output: value.name, attributes });
    return value;
  }

  finish(): OnnxGraph {
    if (this.#outputs.length === 0) throw new RangeError(`graph ${this.#name} has no output`);
    return {
      name: this.#name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: this.#nodes,
      constants: this.#constants,
    };
  }

  #constant(
    name: string,
    type: ElementType,
    data: Float32Array | BigInt64Array | Int32Array,
    dims: readonly number[],
  ): Value {
    const count = dims.reduce((product, dim) => product * dim, 1);
    if (count !== data.length) {
      throw new RangeError(`${this.#scope}${name} has ${data.length} values, expected [${dims.join(',')}]`);
    }
    const value = this.#define({ name: this.#unique(name), type, dims });
    this.#constants.push({ ...value, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    return value;
  }

  #unique(name: string): string {
    const base = `${this.#scope}${name}`;
    let unique = base;
    for (let n = 1; this.#values.has(unique); n++) unique = `${base}_${n}`;
    return unique;
  }

  #define(value: Value): Value {
    if (this.#values.has(value.name)) throw new RangeError(`value ${value.name} is there already`);
    for (const dim of value.dims) {
      if (typeof dim === 'number' && !(Number.isInteger(dim) && dim >= 0)) {
        throw new RangeError(`value ${value.name} has shape [${value.dims.join(',')}]`);
      }
    }
    this.#values.set(value.name, value);
    return value;
  }

  #known(value: Value): void {
    if (this.#values.get(value.name) !== value) {
      throw new RangeError(`value ${value.name} is not of graph ${this.#name}`);
    }
  }
}

/** The attribute message of a value: integers stay integers, `{ float }` is a float. */
export function attributeMessage(name: string, value: AttributeValue): Record<string, unknown> {
  if (typeof value === 'string')
    return { name, type: attributeKind.string, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return { name, type: attributeKind.int, i: value };
  if ('float' in value) return { name, type: attributeKind.float, f: value.float };
  return { name, type: attributeKind.ints, ints: [...value] };
}
