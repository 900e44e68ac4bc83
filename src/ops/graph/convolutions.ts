import type { AttributeValue, Dim, GraphBuilder, Value } from './graph.ts';

export type ConvOptions = {
  /** Of both axes, or [vertical, horizontal]. */
  readonly stride?: number | readonly [number, number];
  /** Zeros on every side, or [top, left, bottom, right]. */
  readonly pad?: number | readonly [number, number, number, number];
  readonly group?: number;
  readonly bias?: Value;
};

/** Sizes of an NCHW tensor that are all known. */
export function nchw(x: Value): [number, number, number, number] {
  const [n, c, h, w] = pictures(x);
  if (typeof n !== 'number') throw unknownSizes(x);
  return [n, c, h, w];
}

/** Sizes of an NCHW tensor of known pictures, but maybe not a known number of them. */
export function pictures(x: Value): [Dim, number, number, number] {
  const [n, c, h, w] = x.dims;
  if (x.dims.length !== 4 || x.dims.slice(1).some((dim) => typeof dim !== 'number')) throw unknownSizes(x);
  return [n!, c as number, h as number, w as number];
}

function unknownSizes(x: Value): RangeError {
  return new RangeError(`${x.name} is [${x.dims.join(',')}], expected [N,C,H,W] with known sizes`);
}

function sides(pad: ConvOptions['pad']): readonly [number, number, number, number] {
  return typeof pad === 'object' ? pad : [pad ?? 0, pad ?? 0, pad ?? 0, pad ?? 0];
}

/** Convolution (no flip): x [N,C,H,W], weight [O,C/group,kh,kw]. */
export function conv(g: GraphBuilder, x: Value, weight: Value, options: ConvOptions = {}): Value {
  const { stride = 1, group = 1, bias } = options;
  const strides = typeof stride === 'number' ? ([stride, stride] as const) : stride;
  const pads = sides(options.pad);
  const [n, c, h, w] = pictures(x);
  const [o, inner, kh, kw] = nchw(weight);
  if (c !== inner * group || o % group !== 0) {
    throw new RangeError(`${weight.name} is [${weight.dims.join(',')}] for ${c} channels in ${group} groups`);
  }
  const out = (axis: 0 | 1, size: number, k: number): number =>
    Math.floor((size + pads[axis] + pads[axis + 2]! - k) / strides[axis]) + 1;
  const attributes: Record<string, AttributeValue> = {
    kernel_shape: [kh, kw],
    pads,
    strides,
  };
  if (group !== 1) attributes['group'] = group;
  const inputs = bias ? [x, weight, bias] : [x, weight];
  const dims = [n, o, out(0, h, kh), out(1, w, kw)];
  return g.node('Conv', inputs, attributes, x.type, dims);
}

/** Transposed convolution by 2 without padding: x [N,C,H,W], weight [C,O,k,k] -> [N,O,2H+k-2,2W+k-2]. */
export function convTranspose(g: GraphBuilder, x: Value, weight: Value): Value {
  const [n, c, h, w] = nchw(x);
  const [inner, o, kh, kw] = nchw(weight);
  if (c !== inner) throw new RangeError(`${weight.name} is [${weight.dims.join(',')}] for ${c} channels`);
  const dims = [n, o, 2 * h + kh - 2, 2 * w + kw - 2];
  return g.node('ConvTranspose', [x, weight], { kernel_shape: [kh, kw], strides: [2, 2] }, x.type, dims);
}

/** Largest value of every k x k square, every `stride` pixels; 3x3 ones have the pixel in the middle. */
export function maxPool(g: GraphBuilder, x: Value, k: 2 | 3, stride: 1 | 2): Value {
  const [n, c, h, w] = pictures(x);
  const pad = k === 3 ? 1 : 0;
  const attributes = { kernel_shape: [k, k], pads: [pad, pad, pad, pad], strides: [stride, stride] };
  const size = (side: number): number => Math.floor((side + 2 * pad - k) / stride) + 1;
  return g.node('MaxPool', [x], attributes, x.type, [n, c, size(h), size(w)]);
}

/**
 * Channels to space by 2: channel 4c + 2py + px (`CRD`), or (2py + px)·C + c (`DCR`), becomes pixel
 * (2y + py, 2x + px) of channel c.
 */
export function depthToSpace(g: GraphBuilder, x: Value, mode: 'CRD' | 'DCR' = 'CRD'): Value {
  const [n, c, h, w] = pictures(x);
  if (c % 4 !== 0) throw new RangeError(`${x.name} has ${c} channels, expected a multiple of 4`);
  return g.node('DepthToSpace', [x], { blocksize: 2, mode }, x.type, [n, c / 4, 2 * h, 2 * w]);
}

/** (x - mean) / sqrt(variance + 1e-5) of every channel, without parameters. */
export function instanceNorm(g: GraphBuilder, x: Value, scale: number): Value {
  const [, c] = nchw(x);
  const one = g.floats('scale', new Float32Array(c).fill(scale), [c]);
  const zero = g.floats('shift', new Float32Array(c), [c]);
  return g.node('InstanceNormalization', [x, one, zero], { epsilon: { float: 1e-5 } }, x.type, x.dims);
}
