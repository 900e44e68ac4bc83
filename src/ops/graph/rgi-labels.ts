import { regionCount } from '../../core/regions.ts';
import { maxPool } from './convolutions.ts';
import type { GraphBuilder, Value } from './graph.ts';
import {
  add,
  cast,
  clip,
  equal,
  gather,
  greater,
  max,
  min,
  mul,
  neg,
  nonZero,
  pad,
  reshape,
  resizeNearest,
  slice,
  sub,
  transpose,
} from './nodes.ts';

/** Sums over 3x3 inputs that are computed one by one: where the inputs are, and which factors they get. */
export type PixelSums = {
  /** Flat positions of the inputs in the input picture, [N,9] int32; any position where there is none. */
  readonly taps: Value;
  /** Row of a [145] table, region of the sum · 12 + region of the input, 144 outside the picture, [N,9] int32. */
  readonly pairs: Value;
};

/** Sums of the pixels of a picture of the same size. */
export type SamePixels = PixelSums & {
  /** Flat positions, [N,1] int64, in the order of the sums. */
  readonly outputs: Value;
};

/**
 * Sums of an upsampling layer: for every region that an input pixel's four outputs have, one sum of each of the
 * four parities. `chosen` are those that an output is really of.
 */
export type UpPixels = PixelSums & {
  /** Rows of [N·4] (sum, parity) that belong to an output, [K] int64. */
  readonly chosen: Value;
  /** Flat positions of these outputs in the picture of twice the size, [K,1] int64. */
  readonly outputs: Value;
};

/** Rows of the table of factors: pairs of regions, and one for what lies outside. */
export const pairCount = regionCount * regionCount;

/**
 * A label map at all the sizes a graph needs, each made once: nearest, from its own size (E4S: source index =
 * floor(i · in/out)). The largest is resized, the smaller are strided views of it, which is the same.
 */
export class LabelPyramid {
  readonly #g: GraphBuilder;
  readonly #top: Value;
  readonly #size: number;
  readonly #made = new Map<string, unknown>();

  /** @param labels uint8 label map [1,S,S] @param size the largest size needed */
  constructor(g: GraphBuilder, labels: Value, size: number) {
    this.#g = g;
    this.#size = size;
    const [, height, width] = labels.dims;
    const axis = g.integers([1]);
    // As floats first: webgpu has few operators for bytes.
    const floats = cast(g, labels, 'float32');
    const plane = g.node('Unsqueeze', [floats, axis], {}, 'float32', [1, 1, height!, width!]);
    this.#top = resizeNearest(g, plane, size, size);
  }

  /** Labels [1,1,n,n] float32. */
  at(n: number): Value {
    return this.#once(`at ${n}`, () => {
      const step = this.#size / n;
      if (!Number.isInteger(step)) throw new RangeError(`no label map of size ${n} below ${this.#size}`);
      if (step === 1) return this.#top;
      return slice(this.#g, this.#top, [
        { axis: 2, start: 0, step },
        { axis: 3, start: 0, step },
      ]);
    });
  }

  /** One-hot map [12,n²] float32. */
  oneHot(n: number): Value {
    return this.#once(`one-hot ${n}`, () =>
      cast(
        this.#g,
        equal(this.#g, this.#regions([regionCount, 1]), reshape(this.#g, this.at(n), [1, n * n])),
        'float32',
      ),
    );
  }

  /** Every pixel of a picture of side n. */
  all(n: number): PixelSums {
    return this.#once(`all ${n}`, () => {
      const { taps, regions } = this.#neighbours(n, this.#int32(range(n * n), [n * n]));
      return { taps, pairs: this.#pairs(reshape(this.#g, this.#flat(n), [n * n, 1]), regions) };
    });
  }

  /** Every pixel of a picture of side 2n, inputs n wide: `pairs` [4,n²,9] by parity, `taps` [n²,9] for all of them. */
  allUp(n: number): PixelSums {
    return this.#once(`all up ${n}`, () => {
      const { taps, regions } = this.#neighbours(n, this.#int32(range(n * n), [n * n]));
      const g = this.#g;
      const parities = transpose(g, reshape(g, this.at(2 * n), [n, 2, n, 2]), [1, 3, 0, 2]);
      const own = cast(g, reshape(g, parities, [4, n * n, 1]), 'int32');
      return { taps, pairs: this.#pairs(own, regions) };
    });
  }

  /** Pixels whose 3x3 neighbourhood holds another region than their own. */
  border(n: number): SamePixels {
    return this.#once(`border ${n}`, () => {
      const g = this.#g;
      const { high, low } = this.#extremes(n);
      const flat = (plane: Value): Value => reshape(g, plane, [n * n]);
      const found = nonZero(g, greater(g, flat(high), flat(low)), `border_${n}`);
      const at = cast(g, reshape(g, found, [`border_${n}`]), 'int32');
      const { taps, regions } = this.#neighbours(n, at);
      const own = reshape(g, gather(g, this.#flat(n), at, 0), [`border_${n}`, 1]);
      return { taps, pairs: this.#pairs(own, regions), outputs: reshape(g, found, [`border_${n}`, 1]) };
    });
  }

  /** Pixels of a picture of side 2n whose 3x3 inputs, n wide, hold another region than their own. */
  borderUp(n: number): UpPixels {
    return this.#once(`border up ${n}`, () => {
      const g = this.#g;
      const { high, low } = this.#extremes(n);
      const regions = this.#regions([regionCount, 1]);
      const flat = (plane: Value): Value => reshape(g, plane, [1, n * n]);
      const foreign = max(g, sub(g, flat(high), regions), sub(g, regions, flat(low))); // above 0 where it is
      const twice = reshape(g, this.oneHot(2 * n), [1, regionCount, 2 * n, 2 * n]);
      const present = reshape(g, maxPool(g, twice, 2, 2), [regionCount, n * n]);
      const count = `border_up_${n}`;
      const isWanted = greater(g, mul(g, foreign, present), g.floats('zero', new Float32Array(1), [1]));
      const found = cast(g, nonZero(g, isWanted, count), 'int32');
      const row = (index: number): Value => gather(g, found, g.integers([index], []), 0);
      const [region, at] = [reshape(g, row(0), [count, 1]), row(1)];
      const { taps, regions: neighbours } = this.#neighbours(n, at);
      const apart = sub(g, gather(g, this.#blocks(n), at, 0), region); // [N,4], 0 where it is the output's
      const rows = `outputs_up_${n}`;
      const chosen = reshape(
        g,
        nonZero(g, equal(g, reshape(g, apart, [`4*${count}`]), this.#int32([0], [1])), rows),
        [rows],
      );
      // p = row·n + column lies at 2·row·2n + 2·column.
      const line = g.node('Div', [at, this.#int32([n], [1])], {}, 'int32', [count]);
      const corner = add(g, mul(g, at, this.#int32([2], [1])), mul(g, line, this.#int32([2 * n], [1])));
      const places = add(g, reshape(g, corner, [count, 1]), this.#int32([0, 1, 2 * n, 2 * n + 1], [1, 4]));
      const outputs = gather(g, reshape(g, places, [`4*${count}`]), chosen, 0);
      return {
        taps,
        pairs: this.#pairs(region, neighbours),
        chosen,
        outputs: reshape(g, cast(g, outputs, 'int64'), [rows, 1]),
      };
    });
  }

  /** Labels [n²], int32. */
  #flat(n: number): Value {
    return this.#once(`flat ${n}`, () => cast(this.#g, reshape(this.#g, this.at(n), [n * n]), 'int32'));
  }

  /** Labels of the four outputs of every input pixel, [n²,4] int32: (0,0), (0,1), (1,0), (1,1). */
  #blocks(n: number): Value {
    return this.#once(`blocks ${n}`, () => {
      const g = this.#g;
      const blocks = transpose(g, reshape(g, this.at(2 * n), [n, 2, n, 2]), [0, 2, 1, 3]);
      return cast(g, reshape(g, blocks, [n * n, 4]), 'int32');
    });
  }

  /** Highest and lowest label of every 3x3 neighbourhood, [1,1,n,n]. */
  #extremes(n: number): { readonly high: Value; readonly low: Value } {
    return this.#once(`extremes ${n}`, () => {
      const [g, plane] = [this.#g, this.at(n)];
      return { high: maxPool(g, plane, 3, 1), low: neg(g, maxPool(g, neg(g, plane), 3, 1)) };
    });
  }

  /** The 3x3 inputs around positions [N]: where they are, and their labels, `pairCount` outside the picture. */
  #neighbours(n: number, at: Value): { readonly taps: Value; readonly regions: Value } {
    const g = this.#g;
    const count = at.dims[0]!;
    const padded = this.#once(`padded ${n}`, () => {
      const plane = pad(g, this.at(n), [0, 0, 1, 1], [0, 0, 1, 1], pairCount);
      return cast(g, reshape(g, plane, [(n + 2) ** 2]), 'int32');
    });
    const steps = (width: number, corner: number): Value =>
      this.#int32(
        range(9).map((k) => Math.floor(k / 3) * width + (k % 3) - corner),
        [1, 9],
      );
    const column = reshape(g, at, [count, 1]);
    const line = g.node('Div', [column, this.#int32([n], [1])], {}, 'int32', [count, 1]);
    const corner = add(g, column, mul(g, line, this.#int32([2], [1])));
    const regions = gather(g, padded, add(g, corner, steps(n + 2, 0)), 0);
    // Outside the picture any pixel will do: its factor is 0.
    const taps = clip(g, add(g, column, steps(n, n + 1)), this.#int32([0], []), this.#int32([n * n - 1], []));
    return { taps, regions };
  }

  #pairs(own: Value, neighbours: Value): Value {
    const g = this.#g;
    const pair = add(g, mul(g, own, this.#int32([regionCount], [1])), neighbours);
    return min(g, pair, this.#int32([pairCount], [1]));
  }

  #regions(dims: readonly number[]): Value {
    return this.#once(`regions ${dims.join()}`, () =>
      this.#g.floats(
        'regions',
        Float32Array.from({ length: regionCount }, (_, r) => r),
        dims,
      ),
    );
  }

  #int32(data: readonly number[], dims: readonly number[]): Value {
    return this.#g.integers(data, dims, 'int32');
  }

  #once<T>(key: string, make: () => T): T {
    if (!this.#made.has(key)) this.#made.set(key, this.#g.scoped('labels', make));
    return this.#made.get(key) as T;
  }
}

/** 0, 1, … n - 1. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
