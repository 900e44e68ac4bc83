import { regionCount } from '../../core/regions.ts';
import { maxPool3 } from './convolutions.ts';
import type { GraphBuilder, Value } from './graph.ts';
import {
  add,
  cast,
  equal,
  gather,
  greater,
  mul,
  neg,
  or,
  pad,
  positions,
  reshape,
  resizeNearest,
  slice,
} from './nodes.ts';

/** Output pixels that are computed one by one, and where their neighbours are. */
export type PixelList = {
  /** Flat positions in the output, [N]. */
  readonly outputs: Value;
  /** Flat positions of the 3x3 inputs in the input padded by one, [N,9]. */
  readonly taps: Value;
  /** Row of a [12·12] table, output region · 12 + input region, [N,9]. */
  readonly pairs: Value;
};

/** Output parity of an upsampling layer; undefined where the size stays. */
export type Phase = { readonly py: number; readonly px: number } | undefined;

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
    const plane = g.node('Unsqueeze', [labels, axis], {}, 'uint8', [1, 1, height!, width!]);
    this.#top = resizeNearest(g, cast(g, plane, 'float32'), size, size);
  }

  /** Labels [1,1,n,n] float32; with a phase those of the pixels (2y+py, 2x+px) of the map at 2n. */
  at(n: number, phase?: Phase): Value {
    return this.#once(`at ${n} ${name(phase)}`, () => {
      const step = this.#size / (phase ? 2 * n : n);
      if (!Number.isInteger(step)) throw new RangeError(`no label map of size ${n} below ${this.#size}`);
      if (!phase && step === 1) return this.#top;
      const g = this.#g;
      const cut = (axis: number, parity: number): { axis: number; start: number; step: number } => ({
        axis,
        start: parity * step,
        step: phase ? 2 * step : step,
      });
      return slice(g, this.#top, [cut(2, phase?.py ?? 0), cut(3, phase?.px ?? 0)]);
    });
  }

  /** Flat labels [n²], int64. */
  flat(n: number, phase?: Phase): Value {
    return this.#once(`flat ${n} ${name(phase)}`, () =>
      cast(this.#g, reshape(this.#g, this.at(n, phase), [n * n]), 'int64'),
    );
  }

  /** One-hot map [12,n²] float32. */
  oneHot(n: number): Value {
    return this.#once(`one-hot ${n}`, () => {
      const g = this.#g;
      const regions = g.floats(
        'regions',
        Float32Array.from({ length: regionCount }, (_, r) => r),
        [regionCount, 1],
      );
      return cast(g, equal(g, regions, reshape(g, this.at(n), [1, n * n])), 'float32');
    });
  }

  /**
   * Pixels of the output whose 3x3 inputs hold another region than their own (`all` = every pixel). Inputs are
   * n wide; outputs as well, or 2n with a phase.
   */
  pixels(n: number, phase: Phase, all: boolean): PixelList {
    return this.#once(`pixels ${n} ${name(phase)} ${all}`, () => {
      const g = this.#g;
      const mine = this.at(n, phase);
      const index = all ? g.integers(range(n * n)) : this.#mixed(n, mine, phase);
      const count = index.dims[0]!;
      const integer = (value: number): Value => g.integers([value]);
      const row = g.node('Div', [index, integer(n)], {}, 'int64', [count]);
      const corner = add(g, index, mul(g, row, integer(2)));
      const offsets = g.integers(
        range(9).map((k) => Math.floor(k / 3) * (n + 2) + (k % 3)),
        [1, 9],
      );
      const taps = add(g, reshape(g, corner, [count, 1]), offsets);
      const padded = this.#once(`padded ${n}`, () => {
        const plane = pad(g, this.at(n), [0, 0, 1, 1], [0, 0, 1, 1]);
        return cast(g, reshape(g, plane, [(n + 2) ** 2]), 'int64');
      });
      const own = mul(g, gather(g, this.flat(n, phase), index, 0), integer(regionCount));
      const pairs = add(g, reshape(g, own, [count, 1]), gather(g, padded, taps, 0));
      if (!phase) return { outputs: index, taps, pairs };
      // p = row·n + column lies at (2·row + py)·2n + 2·column + px.
      const doubled = add(g, mul(g, index, integer(2)), mul(g, row, integer(2 * n)));
      return { outputs: add(g, doubled, integer(2 * n * phase.py + phase.px)), taps, pairs };
    });
  }

  #mixed(n: number, mine: Value, phase: Phase): Value {
    const g = this.#g;
    const extremes = this.#once(`extremes ${n}`, () => {
      const plane = this.at(n);
      return { high: maxPool3(g, plane), low: neg(g, maxPool3(g, neg(g, plane))) };
    });
    const isMixed = or(g, greater(g, extremes.high, mine), greater(g, mine, extremes.low));
    return positions(g, reshape(g, isMixed, [n * n]), `border_${n}_${name(phase)}`);
  }

  #once<T>(key: string, make: () => T): T {
    if (!this.#made.has(key)) this.#made.set(key, this.#g.scoped('labels', make));
    return this.#made.get(key) as T;
  }
}

function name(phase: Phase): string {
  return phase ? `${phase.py}${phase.px}` : 'same';
}

/** 0, 1, … n - 1. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
