import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Weights } from '../../src/core/weights.ts';

/** Numbers of the parity fixtures (shared/reference/parity/README.md), written from its description. */

export const parityFolder = fileURLToPath(new URL('../../../shared/reference/parity/', import.meta.url));
export const hasParity = existsSync(join(parityFolder, 'README.md'));

/** The first `count` numbers of a name's stream, in [-1, 1], each put through `map`. */
export function stream(name: string, count: number, map: (u: number) => number = (u) => u): Float32Array {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193) >>> 0;
  const result = new Float32Array(count);
  for (let i = 1; i <= count; i++) {
    const a = (h + Math.imul(i, 0x6d2b79f5)) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    result[i - 1] = map((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * 2 - 1);
  }
  return result;
}

/** One line of a fixture's table of weights. */
export type FormulaKey = {
  readonly key: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly a?: number;
  readonly b?: number;
  readonly abs?: boolean;
  readonly fill?: number;
  readonly constant?: readonly number[];
};

export type Fixture = {
  readonly state_dict: readonly FormulaKey[];
  readonly latent_avg?: { readonly shape: readonly number[]; readonly a: number; readonly b: number };
  readonly options: Readonly<Record<string, unknown>>;
  readonly cases?: readonly {
    readonly name: string;
    readonly image: { readonly seed: string };
    readonly labels: Readonly<Record<string, unknown>>;
  }[];
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly file: string;
        readonly shape: readonly number[];
        readonly subsample?: { readonly start: number; readonly step: number };
      }
    >
  >;
};

export function readFixture(name: string): Fixture {
  return JSON.parse(readFileSync(join(parityFolder, `${name}.json`), 'utf8')) as Fixture;
}

/** A fixture's weights, made when read. `latent_avg` is among them when the fixture has it. */
export function formulaWeights(fixture: Pick<Fixture, 'state_dict' | 'latent_avg'>): Weights {
  const { latent_avg: average } = fixture;
  const table: FormulaKey[] = [...fixture.state_dict];
  if (average) table.push({ key: 'latent_avg', dtype: 'float32', ...average });
  const byKey = new Map(table.map((line) => [line.key, line]));
  return {
    keys: [...byKey.keys()],
    dims: (key) => byKey.get(key)?.shape,
    read(key) {
      const line = byKey.get(key);
      if (!line) throw new RangeError(`no formula for ${key}`);
      const { a = 0, b = 1, abs = false, fill, constant } = line;
      const count = line.shape.reduce((product, size) => product * size, 1);
      if (constant) return Float32Array.from(constant);
      if (fill !== undefined) return new Float32Array(count).fill(fill);
      return stream(key, count, (u) => a + b * (abs ? Math.abs(u) : u));
    },
  };
}

/** `image(seed, h, w)`: [3,h,w] in -1…1. */
export function formulaImage(seed: string, h: number, w: number): Float32Array {
  const n = stream64(seed, 18);
  const noise = stream64(`${seed}/noise`, 3 * h * w);
  const result = new Float32Array(3 * h * w);
  for (let c = 0; c < 3; c++) {
    const [p0, p1, p2, p3, p4, p5] = n.slice(6 * c, 6 * c + 6) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    for (let row = 0; row < h; row++) {
      for (let column = 0; column < w; column++) {
        const [x, y] = [column / w, row / h];
        const i = (c * h + row) * w + column;
        const wave =
          0.6 * Math.sin(2 * Math.PI * ((2 + p0) * x + (1 + p1) * y) + 3 * p2) +
          0.3 * Math.cos(2 * Math.PI * ((5 + p3) * x - (4 + p4) * y) + 3 * p5);
        result[i] = Math.min(1, Math.max(-1, wave + 0.1 * noise[i]!));
      }
    }
  }
  return result;
}

/** The stream in double precision (inputs are made in float64 and rounded once). */
function stream64(name: string, count: number): number[] {
  const numbers: number[] = [];
  stream(name, count, (u) => {
    numbers.push(u);
    return u;
  });
  return numbers;
}

export type LabelsOptions = {
  readonly dx?: number;
  readonly dy?: number;
  readonly s?: number;
  readonly drop?: readonly number[];
};

/** `labels(h, w, …)`: uint8 label map of a face with all regions. */
export function formulaLabels(h: number, w: number, options: LabelsOptions = {}): Uint8Array {
  const { dx = 0, dy = 0, s = 1, drop = [] } = options;
  const map = new Uint8Array(h * w);
  for (let row = 0; row < h; row++) {
    for (let column = 0; column < w; column++) {
      const x = ((column + 0.5) / w - 0.5 - dx) / s + 0.5;
      const y = ((row + 0.5) / h - 0.5 - dy) / s + 0.5;
      const inside = (cx: number, cy: number, rx: number, ry: number): boolean =>
        ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;
      const pair = (cx: number, cy: number, rx: number, ry: number): boolean =>
        inside(cx, cy, rx, ry) || inside(1 - cx, cy, rx, ry);
      const ring = (cx: number): boolean => inside(cx, 0.47, 0.09, 0.06) && !inside(cx, 0.47, 0.08, 0.05);
      const paint = (label: number, isInside: boolean): void => {
        if (isInside && !drop.includes(label)) map[row * w + column] = label;
      };
      paint(4, inside(0.5, 0.42, 0.36, 0.4));
      paint(8, Math.abs(x - 0.5) < 0.17 && y > 0.7);
      paint(7, pair(0.22, 0.52, 0.05, 0.09));
      paint(11, pair(0.22, 0.63, 0.02, 0.03));
      paint(6, inside(0.5, 0.53, 0.27, 0.34));
      paint(2, pair(0.38, 0.4, 0.08, 0.025));
      paint(3, pair(0.38, 0.47, 0.06, 0.03));
      paint(10, ring(0.38) || ring(0.62) || (Math.abs(y - 0.46) < 0.008 && Math.abs(x - 0.5) < 0.04));
      paint(5, inside(0.5, 0.58, 0.05, 0.09));
      paint(1, inside(0.5, 0.73, 0.11, 0.05));
      paint(9, inside(0.5, 0.73, 0.08, 0.02));
    }
  }
  return map;
}

/** Values of a little-endian float32 or uint8 .npy file. */
export function readNpy(file: string): Float32Array | Uint8Array {
  const bytes = readFileSync(join(parityFolder, file));
  const start = 10 + bytes.readUInt16LE(8);
  const data = bytes.subarray(start);
  if (bytes.subarray(10, start).toString('latin1').includes("'|u1'")) return new Uint8Array(data);
  return new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
}
