import { regionCount } from '../../core/regions.ts';
import { maxPool } from './convolutions.ts';
import type { Dim, GraphBuilder, Value } from './graph.ts';
import {
  add,
  cast,
  clip,
  div,
  equal,
  gather,
  greater,
  indicesOf,
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
  times,
  transpose,
} from './nodes.ts';

/**
 * Sums over 3x3 inputs that are computed one by one: where the inputs are, and which factors they get. Positions and
 * rows run on from picture to picture.
 */
export type PixelSums = {
  /** Flat positions of the inputs in the input pictures, [N,9] int32; any position where there is none. */
  readonly taps: Value;
  /**
   * Row of a [145] table per picture, region of the sum · 12 + region of the input, 144 outside the picture, [N,9]
   * int32.
   */
  readonly pairs: Value;
};

/** Sums of the pixels of pictures of the same size. */
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
  /** Flat positions of these outputs in the pictures of twice the size, [K,1] int64. */
  readonly outputs: Value;
};

/** Rows of the table of factors of one picture, but for the last, which is for what lies outside: pairs of regions. */
export const pairCount = regionCount * regionCount;

/**
 * Label maps at all the sizes a graph needs, each made once: nearest, from their own size (E4S: source index =
 * floor(i · in/out)). The largest is resized, the smaller are strided views of it, which is the same.
 */
export class LabelPyramid {
  /** How many label maps: a number, or the name of one. */
  readonly batch: Dim;
  readonly #g: GraphBuilder;
  readonly #top: Value;
  readonly #size: number;
  readonly #made = new Map<string, unknown>();

  /** @param labels uint8 label maps [B,S,S] @param size the largest size needed */
  constructor(g: GraphBuilder, labels: Value, size: number) {
    this.#g = g;
    this.#size = size;
    const [batch, height, width] = labels.dims;
    this.batch = batch!;
    const axis = g.integers([1]);
    // As floats first: webgpu has few operators for bytes.
    const floats = cast(g, labels, 'float32');
    const plane = g.node('Unsqueeze', [floats, axis], {}, 'float32', [batch!, 1, height!, width!]);
    this.#top = resizeNearest(g, plane, size, size);
  }

  /** Labels [B,1,n,n] float32. */
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

  /** One-hot maps [B,12,n²] float32. */
  oneHot(n: number): Value {
    return this.#once(`one-hot ${n}`, () =>
      cast(
        this.#g,
        equal(this.#g, this.#regions(), reshape(this.#g, this.at(n), [this.batch, 1, n * n])),
        'float32',
      ),
    );
  }

  /** Every pixel of pictures of side n. */
  all(n: number): PixelSums {
    return this.#once(`all ${n}`, () => {
      const g = this.#g;
      const { taps, regions } = this.#allNeighbours(n);
      const own = reshape(g, this.#flat(n), [this.batch, n * n, 1]);
      const rows = times(n * n, this.batch);
      return {
        taps: reshape(g, taps, [rows, 9]),
        pairs: reshape(g, this.#pairs(own, regions, this.#pictures()), [rows, 9]),
      };
    });
  }

  /**
   * Every pixel of pictures of side 2n, inputs n wide: `pairs` [4,B·n²,9] by parity, `taps` [B·n²,9] for all of them.
   */
  allUp(n: number): PixelSums {
    return this.#once(`all up ${n}`, () => {
      const g = this.#g;
      const { taps, regions } = this.#allNeighbours(n);
      const parities = transpose(g, reshape(g, this.at(2 * n), [this.batch, n, 2, n, 2]), [2, 4, 0, 1, 3]);
      const own = cast(g, reshape(g, parities, [4, this.batch, n * n, 1]), 'int32');
      const rows = times(n * n, this.batch);
      return {
        taps: reshape(g, taps, [rows, 9]),
        pairs: reshape(g, this.#pairs(own, regions, this.#pictures()), [4, rows, 9]),
      };
    });
  }

  /** Pixels whose 3x3 neighbourhood holds another region than their own. */
  border(n: number): SamePixels {
    return this.#once(`border ${n}`, () => {
      const g = this.#g;
      const count = `border_${n}`;
      const { high, low } = this.#extremes(n);
      const flat = (plane: Value): Value => reshape(g, plane, [times(n * n, this.batch)]);
      const found = nonZero(g, greater(g, flat(high), flat(low)), count);
      const outputs = reshape(g, found, [count, 1]);
      const at = cast(g, outputs, 'int32');
      const picture = this.batch === 1 ? undefined : this.#over(at, n * n);
      const local = picture ? sub(g, at, this.#by(picture, n * n)) : at;
      const { taps, regions } = this.#neighbours(n, local, picture);
      const own = gather(g, this.#flat(n), reshape(g, at, [count]), 0);
      return { taps, pairs: this.#pairs(reshape(g, own, [count, 1]), regions, picture), outputs };
    });
  }

  /** Pixels of pictures of side 2n whose 3x3 inputs, n wide, hold another region than their own. */
  borderUp(n: number): UpPixels {
    return this.#once(`border up ${n}`, () => {
      const g = this.#g;
      const { batch } = this;
      const { high, low } = this.#extremes(n);
      const regions = this.#regions();
      const flat = (plane: Value): Value => reshape(g, plane, [batch, 1, n * n]);
      const foreign = max(g, sub(g, flat(high), regions), sub(g, regions, flat(low))); // above 0 where it is
      const twice = reshape(g, this.oneHot(2 * n), [batch, regionCount, 2 * n, 2 * n]);
      const present = reshape(g, maxPool(g, twice, 2, 2), [batch, regionCount, n * n]);
      const count = `border_up_${n}`;
      const isWanted = greater(g, mul(g, foreign, present), g.floats('zero', new Float32Array(1), [1]));
      const found = cast(g, nonZero(g, isWanted, count), 'int32');
      const row = (index: number): Value =>
        reshape(g, gather(g, found, g.integers([index], []), 0), [count, 1]);
      const [region, at] = [row(1), row(2)];
      const picture = batch === 1 ? undefined : row(0);
      const { taps, regions: neighbours } = this.#neighbours(n, at, picture);
      const pixel = picture ? add(g, at, this.#by(picture, n * n)) : at;
      const blocks = gather(g, this.#blocks(n), reshape(g, pixel, [count]), 0);
      const apart = sub(g, blocks, region); // [N,4], 0 where it is the output's
      const rows = `outputs_up_${n}`;
      const chosen = reshape(
        g,
        nonZero(g, equal(g, reshape(g, apart, [`4*${count}`]), this.#int32([0], [1])), rows),
        [rows],
      );
      // p = row·n + column lies at 2·row·2n + 2·column, in all pictures one after the other.
      const corner = add(g, this.#by(pixel, 2), this.#by(this.#over(pixel, n), 2 * n));
      const places = add(g, corner, this.#int32([0, 1, 2 * n, 2 * n + 1], [1, 4]));
      const outputs = gather(g, reshape(g, places, [`4*${count}`]), chosen, 0);
      return {
        taps,
        pairs: this.#pairs(region, neighbours, picture),
        chosen,
        outputs: reshape(g, cast(g, outputs, 'int64'), [rows, 1]),
      };
    });
  }

  /** Labels [B·n²], int32. */
  #flat(n: number): Value {
    return this.#once(`flat ${n}`, () =>
      cast(this.#g, reshape(this.#g, this.at(n), [times(n * n, this.batch)]), 'int32'),
    );
  }

  /** Labels of the four outputs of every input pixel, [B·n²,4] int32: (0,0), (0,1), (1,0), (1,1). */
  #blocks(n: number): Value {
    return this.#once(`blocks ${n}`, () => {
      const g = this.#g;
      const rows = times(n, this.batch);
      const blocks = transpose(g, reshape(g, this.at(2 * n), [rows, 2, n, 2]), [0, 2, 1, 3]);
      return cast(g, reshape(g, blocks, [times(n, rows), 4]), 'int32');
    });
  }

  /** Highest and lowest label of every 3x3 neighbourhood, [B,1,n,n]. */
  #extremes(n: number): { readonly high: Value; readonly low: Value } {
    return this.#once(`extremes ${n}`, () => {
      const [g, plane] = [this.#g, this.at(n)];
      return { high: maxPool(g, plane, 3, 1), low: neg(g, maxPool(g, neg(g, plane), 3, 1)) };
    });
  }

  /** The 3x3 inputs around every pixel, [B,n²,9]. */
  #allNeighbours(n: number): { readonly taps: Value; readonly regions: Value } {
    return this.#neighbours(n, this.#int32(range(n * n), [1, n * n, 1]), this.#pictures());
  }

  /**
   * The 3x3 inputs around pixels: where they are, and their labels, `pairCount` outside the picture.
   *
   * @param at positions in a picture, [N,1], or [1,N,1] for the same ones of every picture
   * @param picture which one it is, [N,1] or [B,1,1]; undefined where there is one only
   */
  #neighbours(
    n: number,
    at: Value,
    picture: Value | undefined,
  ): { readonly taps: Value; readonly regions: Value } {
    const g = this.#g;
    const padded = this.#once(`padded ${n}`, () => {
      const plane = pad(g, this.at(n), [0, 0, 1, 1], [0, 0, 1, 1], pairCount);
      return cast(g, reshape(g, plane, [times((n + 2) ** 2, this.batch)]), 'int32');
    });
    const steps = (width: number, corner: number): Value =>
      this.#int32(
        range(9).map((k) => Math.floor(k / 3) * width + (k % 3) - corner),
        [1, 9],
      );
    const inPicture = (place: Value, area: number): Value =>
      picture ? add(g, place, this.#by(picture, area)) : place;
    const corner = add(g, at, this.#by(this.#over(at, n), 2));
    const around = inPicture(add(g, corner, steps(n + 2, 0)), (n + 2) ** 2);
    // Outside the picture any of its pixels will do: its factor is 0.
    const near = add(g, at, steps(n, n + 1));
    const taps = clip(g, near, this.#int32([0], []), this.#int32([n * n - 1], []));
    return { taps: inPicture(taps, n * n), regions: gather(g, padded, around, 0) };
  }

  #pairs(own: Value, neighbours: Value, picture: Value | undefined): Value {
    const g = this.#g;
    const pair = add(g, this.#by(own, regionCount), neighbours);
    const row = min(g, pair, this.#int32([pairCount], [1]));
    return picture ? add(g, row, this.#by(picture, pairCount + 1)) : row;
  }

  /** 0…B-1, [B,1,1] int32; undefined for one picture. */
  #pictures(): Value | undefined {
    if (this.batch === 1) return undefined;
    return this.#once('pictures', () => reshape(this.#g, indicesOf(this.#g, this.#top), [this.batch, 1, 1]));
  }

  /** 0…11, [12,1]. */
  #regions(): Value {
    return this.#once('regions', () =>
      this.#g.floats('regions', Float32Array.from(range(regionCount)), [regionCount, 1]),
    );
  }

  #by(x: Value, factor: number): Value {
    return mul(this.#g, x, this.#int32([factor], [1]));
  }

  /** Whole part of a quotient. */
  #over(x: Value, divisor: number): Value {
    return div(this.#g, x, this.#int32([divisor], [1]));
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
