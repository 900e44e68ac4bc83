import { elementType, type ElementType } from './onnx-proto.ts';
import type { AttributeValue, Dim, GraphBuilder, Value } from './graph.ts';

/** Typed ONNX operators: each checks its inputs' shapes and works out its own. */

function fail(op: string, values: readonly Value[], why: string): never {
  throw new RangeError(
    `${op} of ${values.map((v) => `${v.name} [${v.dims.join(',')}]`).join(' and ')}: ${why}`,
  );
}

/** The shape two operands are broadcast to. */
function broadcast(op: string, a: Value, b: Value): Dim[] {
  const rank = Math.max(a.dims.length, b.dims.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a.dims[i - rank + a.dims.length] ?? 1;
    const y = b.dims[i - rank + b.dims.length] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    return fail(op, [a, b], `axis ${i} is ${x} and ${y}`);
  });
}

function elementwise(g: GraphBuilder, op: string, a: Value, b: Value, type: ElementType = a.type): Value {
  if (a.type !== b.type) fail(op, [a, b], `${a.type} with ${b.type}`);
  return g.node(op, [a, b], {}, type, broadcast(op, a, b));
}

export const add = (g: GraphBuilder, a: Value, b: Value): Value => elementwise(g, 'Add', a, b);
export const sub = (g: GraphBuilder, a: Value, b: Value): Value => elementwise(g, 'Sub', a, b);
export const mul = (g: GraphBuilder, a: Value, b: Value): Value => elementwise(g, 'Mul', a, b);
export const div = (g: GraphBuilder, a: Value, b: Value): Value => elementwise(g, 'Div', a, b);
export const max = (g: GraphBuilder, a: Value, b: Value): Value => elementwise(g, 'Max', a, b);
export const equal = (g: GraphBuilder, a: Value, b: Value): Value => elementwise(g, 'Equal', a, b, 'bool');
export const greater = (g: GraphBuilder, a: Value, b: Value): Value =>
  elementwise(g, 'Greater', a, b, 'bool');
export const min = (g: GraphBuilder, a: Value, b: Value): Value => elementwise(g, 'Min', a, b);

function unary(op: string): (g: GraphBuilder, x: Value) => Value {
  return (g, x) => g.node(op, [x], {}, x.type, x.dims);
}
export const sqrt = unary('Sqrt');
export const reciprocal = unary('Reciprocal');
export const neg = unary('Neg');
export const relu = unary('Relu');
export const sigmoid = unary('Sigmoid');

export function leakyRelu(g: GraphBuilder, x: Value, alpha: number): Value {
  return g.node('LeakyRelu', [x], { alpha: { float: alpha } }, x.type, x.dims);
}

/** Bounded to low…high, both scalars. */
export function clip(g: GraphBuilder, x: Value, low: Value, high: Value): Value {
  return g.node('Clip', [x, low, high], {}, x.type, x.dims);
}

export function prelu(g: GraphBuilder, x: Value, slope: Value): Value {
  return g.node('PRelu', [x, slope], {}, x.type, broadcast('PRelu', x, slope));
}

export function cast(g: GraphBuilder, x: Value, type: ElementType): Value {
  return g.node('Cast', [x], { to: elementType[type] }, type, x.dims);
}

/** Matrix product of the last two axes; leading axes are broadcast. */
export function matmul(g: GraphBuilder, a: Value, b: Value): Value {
  const [m, k] = a.dims.slice(-2);
  const [l, n] = b.dims.slice(-2);
  if (a.dims.length < 2 || b.dims.length < 2 || k !== l) fail('MatMul', [a, b], 'inner sizes differ');
  const lead = broadcast('MatMul', { ...a, dims: a.dims.slice(0, -2) }, { ...b, dims: b.dims.slice(0, -2) });
  return g.node('MatMul', [a, b], {}, a.type, [...lead, m!, n!]);
}

/** a·b, either transposed, plus an optional bias. */
export function gemm(
  g: GraphBuilder,
  a: Value,
  b: Value,
  options: { readonly transA?: boolean; readonly transB?: boolean; readonly bias?: Value } = {},
): Value {
  const [am, ak] = options.transA ? [a.dims[1], a.dims[0]] : a.dims;
  const [bk, bn] = options.transB ? [b.dims[1], b.dims[0]] : b.dims;
  if (a.dims.length !== 2 || b.dims.length !== 2 || ak !== bk) fail('Gemm', [a, b], 'inner sizes differ');
  const attributes: Record<string, AttributeValue> = {};
  if (options.transA) attributes['transA'] = 1;
  if (options.transB) attributes['transB'] = 1;
  return g.node('Gemm', [a, b, options.bias], attributes, a.type, [am!, bn!]);
}

export function transpose(g: GraphBuilder, x: Value, perm: readonly number[]): Value {
  if ([...perm].sort((a, b) => a - b).some((axis, i) => axis !== i) || perm.length !== x.dims.length) {
    fail('Transpose', [x], `order ${perm.join(',')}`);
  }
  return g.node(
    'Transpose',
    [x],
    { perm },
    x.type,
    perm.map((axis) => x.dims[axis]!),
  );
}

/** A size as a number and the name it is multiplied with, '' for none: `4*name` is [4, 'name']. */
function factorOf(dim: Dim): readonly [number, string] {
  if (typeof dim === 'number') return [dim, ''];
  const [, factor = '1', name = dim] = /^(\d+)\*(.*)$/.exec(dim) ?? [];
  return [Number(factor), name];
}

/** A multiple of a size. */
export function times(count: number, dim: Dim): Dim {
  const [factor, name] = factorOf(dim);
  return name === '' ? count * factor : `${count * factor}*${name}`;
}

/** Reshape; one size may be a name (what is left over), or a multiple of one as `4*name`. */
export function reshape(g: GraphBuilder, x: Value, dims: readonly Dim[]): Value {
  const parts = (list: readonly Dim[]): readonly (readonly [number, string])[] => list.map(factorOf);
  const product = (list: readonly Dim[]): number => parts(list).reduce((p, [factor]) => p * factor, 1);
  const names = (list: readonly Dim[]): string =>
    parts(list)
      .map(([, name]) => name)
      .filter((name) => name !== '')
      .sort()
      .join(',');
  if (names(dims) !== names(x.dims) || product(dims) !== product(x.dims)) {
    fail('Reshape', [x], `to [${dims.join(',')}]`);
  }
  const target = g.integers(dims.map((dim) => (typeof dim === 'number' ? dim : -1)));
  return g.node('Reshape', [x, target], {}, x.type, dims);
}

/** Joins tensors along an axis; the sizes of the other axes agree. */
export function concat(g: GraphBuilder, values: readonly Value[], axis: number): Value {
  const first = values[0]!;
  if (values.length === 1) return first;
  for (const value of values) {
    const isLike = value.type === first.type && value.dims.every((d, i) => i === axis || d === first.dims[i]);
    if (!isLike || value.dims.length !== first.dims.length) fail('Concat', values, `along axis ${axis}`);
  }
  const sizes = values.map((value) => value.dims[axis]!);
  const total = sizes.every((size) => typeof size === 'number')
    ? sizes.reduce((sum, size) => sum + size, 0)
    : sizes.join('+');
  return g.node(
    'Concat',
    values,
    { axis },
    first.type,
    first.dims.map((d, i) => (i === axis ? total : d)),
  );
}

/** Adds `updates` [N,C] to the rows `rows` [N,1] int64 of `x` [R,C]. */
export function addAtRows(g: GraphBuilder, x: Value, rows: Value, updates: Value): Value {
  const [count, one] = rows.dims;
  const isFitting = updates.dims[0] === count && updates.dims[1] === x.dims[1] && one === 1;
  if (!isFitting || x.dims.length !== 2) return fail('ScatterND', [x, rows, updates], 'sizes differ');
  return g.node('ScatterND', [x, rows, updates], { reduction: 'add' }, x.type, x.dims);
}

/** Where a boolean tensor is true: indices by axis [rank,N] int64, in row-major order; N gets the name `count`. */
export function nonZero(g: GraphBuilder, x: Value, count: string): Value {
  if (x.type !== 'bool') fail('NonZero', [x], 'not booleans');
  return g.node('NonZero', [x], {}, 'int64', [x.dims.length, count]);
}

/** The entries of `axis` that `indices` names; its shape takes the axis' place. */
export function gather(g: GraphBuilder, x: Value, indices: Value, axis: number): Value {
  if (indices.type !== 'int64' && indices.type !== 'int32') fail('Gather', [x, indices], 'needs integers');
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  return g.node('Gather', [x, indices], { axis }, x.type, dims);
}

export type Cut = {
  readonly axis: number;
  readonly start: number;
  readonly end?: number;
  readonly step?: number;
};

/** Parts of axes with known sizes. */
export function slice(g: GraphBuilder, x: Value, cuts: readonly Cut[]): Value {
  const dims = [...x.dims];
  for (const { axis, start, end, step } of cuts) {
    const size = dims[axis];
    if (typeof size !== 'number') return fail('Slice', [x], `axis ${axis} has no known size`);
    const stop = end ?? size;
    if (start < 0 || start >= stop || stop > size) fail('Slice', [x], `${start} to ${stop} of axis ${axis}`);
    dims[axis] = Math.ceil((stop - start) / (step ?? 1));
  }
  const list = (pick: (cut: Cut) => number): Value => g.integers(cuts.map(pick));
  const ends = list((cut) => cut.end ?? (x.dims[cut.axis] as number));
  const inputs = [x, list((cut) => cut.start), ends, list((cut) => cut.axis), list((cut) => cut.step ?? 1)];
  return g.node('Slice', inputs, {}, x.type, dims);
}

/** Zeros (or another number) around axes: `before` and `after` for every axis. */
export function pad(
  g: GraphBuilder,
  x: Value,
  before: readonly number[],
  after: readonly number[],
  value = 0,
): Value {
  const dims = x.dims.map((dim, i) => {
    const grow = before[i]! + after[i]!;
    if (typeof dim === 'number') return dim + grow;
    return grow === 0 ? dim : fail('Pad', [x], `axis ${i} has no known size`);
  });
  const inputs = [x, g.integers([...before, ...after])];
  if (value !== 0) inputs.push(g.floats('around', new Float32Array([value]), []));
  return g.node('Pad', inputs, {}, x.type, dims);
}

export function reduceSum(g: GraphBuilder, x: Value, axis: number, keep: boolean): Value {
  const dims = keep ? x.dims.map((d, i) => (i === axis ? 1 : d)) : x.dims.filter((_, i) => i !== axis);
  return g.node('ReduceSum', [x, g.integers([axis])], { keepdims: keep ? 1 : 0 }, x.type, dims);
}

/** Mean over several axes that stay with size 1. */
export function reduceMean(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  const dims = x.dims.map((d, i) => (axes.includes(i) ? 1 : d));
  return g.node('ReduceMean', [x], { axes, keepdims: 1 }, x.type, dims);
}

/** Nearest neighbour as torch does it: source index floor(i * in / out). [N,C,H,W] -> [N,C,h,w]. */
export function resizeNearest(g: GraphBuilder, x: Value, height: number, width: number): Value {
  const [n, c] = x.dims;
  if (x.dims.length !== 4 || n === undefined || typeof c !== 'number') return fail('Resize', [x], 'not NCHW');
  const attributes = {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  };
  const sizes = sizesLike(g, x, [c, height, width]);
  return g.node('Resize', [x, undefined, undefined, sizes], attributes, x.type, [n, c, height, width]);
}

/** The size of the first axis of `like`, and the given ones behind it, as integers [1+N]. */
function sizesLike(g: GraphBuilder, like: Value, rest: readonly number[]): Value {
  const [first] = like.dims;
  if (typeof first === 'number') return g.integers([first, ...rest]);
  return concat(g, [firstSize(g, like), g.integers(rest)], 0);
}

/** The size of the first axis, [1] int64. */
function firstSize(g: GraphBuilder, x: Value): Value {
  return g.node('Shape', [x], { start: 0, end: 1 }, 'int64', [1]);
}

/** `x` [1,…], once for every entry of the first axis of `like`. */
export function repeatLike(g: GraphBuilder, x: Value, like: Value): Value {
  const [one, ...rest] = x.dims;
  if (one !== 1 || rest.some((dim) => typeof dim !== 'number')) return fail('Expand', [x], 'not [1,…]');
  if (like.dims[0] === 1) return x;
  const sizes = sizesLike(g, like, rest as number[]);
  return g.node('Expand', [x, sizes], {}, x.type, [like.dims[0]!, ...rest]);
}

/** 0, 1, … for the entries of the first axis, [B] int32. */
export function indicesOf(g: GraphBuilder, x: Value): Value {
  const count = x.dims[0]!;
  if (typeof count === 'number') {
    return g.integers(
      Array.from({ length: count }, (_, i) => i),
      [count],
      'int32',
    );
  }
  const limit = cast(g, reshape(g, firstSize(g, x), []), 'int32');
  const [start, step] = [g.integers([0], [], 'int32'), g.integers([1], [], 'int32')];
  return g.node('Range', [start, limit, step], {}, 'int32', [count]);
}
