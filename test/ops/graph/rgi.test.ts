import { expect, test } from 'vitest';
import { rgiEncoder } from '../../../src/ops/graph/rgi-encoder.ts';
import { rgiGenerator } from '../../../src/ops/graph/rgi-generator.ts';
import { rgiGeneratorReference } from '../../../src/ops/graph/rgi-generator.reference.ts';
import { rgiMapper } from '../../../src/ops/graph/rgi-mapper.ts';
import { rgiShape } from '../../../src/ops/graph/rgi-shape.ts';
import { formulaImage, formulaLabels, formulaWeights, stream } from '../../helpers/formula.ts';
import { difference, runGraph, type Feeds } from '../../helpers/session.ts';
import { tinyRgi, type TinyNet, type TinyShape } from '../../helpers/tiny-rgi.ts';

/** Both forms sum the same float32 products in another order; values are up to about 5. */
const rounding = 2e-5;

function feeds(net: TinyNet, labels: Uint8Array, side: number): Feeds {
  const { layers, style, maskedLayers } = rgiShape(net.weights, net.options);
  const codes = stream('codes', 12 * layers * style);
  // As the mapper makes them: layers that are not regional have the average code.
  const average = net.weights.read('latent_avg');
  for (let i = 0; i < codes.length; i++) {
    const at = i % (layers * style);
    if (at >= maskedLayers * style) codes[i] = average[at]!;
  }
  return {
    codes: { data: codes, dims: [1, 12, layers, style] },
    labels: { data: labels, dims: [1, side, side] },
  };
}

/** Optimising a graph of thousands of nodes takes longer than running it. */
const plain = { optimise: 'disabled' } as const;

const noisy = (side: number): Uint8Array =>
  Uint8Array.from(stream('labels', side * side), (u) => Math.min(11, (u + 1) * 6));

test.each<[string, Partial<TinyShape>, Uint8Array, number]>([
  ['a face with all regions', {}, formulaLabels(64, 64), 64],
  ['a face without glasses, rings and hair', {}, formulaLabels(64, 64, { drop: [4, 10, 11], dx: 0.1 }), 64],
  ['one region only', {}, new Uint8Array(64 * 64).fill(6), 64],
  ['a label map of noise', {}, noisy(32), 32],
  ['a label map smaller than the picture', {}, formulaLabels(16, 16), 16],
  ['layers with constant styles above 16 px', { maskedLayers: 5 }, formulaLabels(32, 32), 32],
  ['an even number of regional layers', { maskedLayers: 6 }, formulaLabels(32, 32), 32],
  ['a 64 px picture', { channels: [8, 16, 16, 8, 8], maskedLayers: 9 }, formulaLabels(64, 64), 64],
])('the fast generator equals the published form for %s', async (_, shape, labels, side) => {
  const net = tinyRgi(shape);
  const widths = rgiShape(net.weights, net.options);
  const inputs = feeds(net, labels, side);
  const expected = await runGraph(rgiGeneratorReference(net.weights, widths), inputs, plain);
  const found = await runGraph(rgiGenerator(net.weights, widths), inputs);
  expect(Math.max(...expected['image']!)).toBeGreaterThan(0.1);
  expect(difference(found['image']!, expected['image']!).max).toBeLessThan(rounding);
});

test('several pictures in one run are those of a run each, whatever the others are', async () => {
  // All kinds of layers: pixel by pixel and with corrected borders, up and not, regional and constant.
  const net = tinyRgi({ channels: [16, 16, 8, 64, 8], maskedLayers: 8 });
  const shape = rgiShape(net.weights, net.options);
  const graph = rgiGenerator(net.weights, shape);
  const maps = [
    formulaLabels(64, 64),
    new Uint8Array(64 * 64).fill(6),
    noisy(64),
    formulaLabels(64, 64, { drop: [4], dx: 0.1 }),
  ];
  const count = 12 * shape.layers * shape.style;
  const codes = maps.map((_, i) => stream(`codes ${i}`, count));
  const run = async (list: readonly number[]): Promise<number[]> => {
    const all = new Float32Array(list.flatMap((i) => [...codes[i]!]));
    const labels = new Uint8Array(list.flatMap((i) => [...maps[i]!]));
    const result = await runGraph(graph, {
      codes: { data: all, dims: [list.length, 12, shape.layers, shape.style] },
      labels: { data: labels, dims: [list.length, 64, 64] },
    });
    return result['image']!;
  };
  const alone = [await run([0]), await run([1]), await run([2]), await run([3])];
  for (const list of [
    [0, 1, 2, 3],
    [2, 1],
    [3, 3, 3],
  ]) {
    const together = await run(list);
    // The sums of pixels at borders stand in one long matrix, which may be added up in another order.
    expect(
      difference(
        together,
        list.flatMap((i) => alone[i]!),
      ).max,
    ).toBeLessThan(rounding);
  }
});

test('graphs give the same numbers with optimisations off, and as halves up to their rounding', async () => {
  const net = tinyRgi({ maskedLayers: 7 });
  const graph = rgiGenerator(net.weights, rgiShape(net.weights, net.options));
  const inputs = feeds(net, formulaLabels(32, 32), 32);
  const all = (await runGraph(graph, inputs))['image']!;
  const unoptimised = (await runGraph(graph, inputs, plain))['image']!;
  expect(difference(all, unoptimised).max).toBeLessThan(rounding);
  const halves = (await runGraph(graph, inputs, { fp16: true }))['image']!;
  const { max } = difference(all, halves);
  expect(max).toBeGreaterThan(0);
  expect(max).toBeLessThan(0.02); // weights to 11 bits
});

test('a lower resolution is the skip image of that size', async () => {
  const net = tinyRgi({ maskedLayers: 5 });
  const shape = rgiShape(net.weights, net.options);
  const inputs = feeds(net, formulaLabels(32, 32), 32);
  const small = (await runGraph(rgiGenerator(net.weights, shape, { resolution: 16 }), inputs))['image']!;
  const cut = tinyRgi({ maskedLayers: 5, channels: [16, 16, 8] });
  const cutShape = rgiShape(cut.weights, cut.options);
  const codes = inputs['codes']!.data as Float32Array;
  const shorter = Float32Array.from(
    { length: 12 * 6 * 8 },
    (_, i) => codes[Math.floor(i / 48) * 64 + (i % 48)]!,
  );
  const cutInputs = { ...inputs, codes: { data: shorter, dims: [1, 12, 6, 8] } };
  const expected = await runGraph(rgiGeneratorReference(cut.weights, cutShape), cutInputs, plain);
  // Both have latent_avg from the same stream: row 5, the colour of 16 px, is the same.
  expect(small).toHaveLength(3 * 16 * 16);
  expect(difference(small, expected['image']!).max).toBeLessThan(rounding);
  expect(() => rgiGenerator(net.weights, shape, { resolution: 48 })).toThrow('expected 4 · 2^n up to 32');
});

test('the encoder averages features per region, zeros where there are none, and counts pixels', async () => {
  const net = tinyRgi();
  const shape = rgiShape(net.weights, net.options);
  const image = { data: formulaImage('tiny', 32, 32), dims: [1, 3, 32, 32] };
  const labels = formulaLabels(64, 64, { drop: [5] });
  const result = await runGraph(rgiEncoder(net.weights, shape), {
    image,
    labels: { data: labels, dims: [1, 64, 64] },
  });
  const counts = result['counts']!;
  for (const [scale, n] of [16, 8, 4].entries()) {
    const expected = new Array<number>(12).fill(0);
    for (let y = 0; y < n; y++)
      for (let x = 0; x < n; x++) expected[labels[((y * 64) / n) * 64 + (x * 64) / n]!]!++;
    expect(expected.map((_, r) => counts[r * 3 + scale])).toEqual(expected);
  }
  const styles = result['styles']!;
  expect(styles.slice(5 * shape.vector, 6 * shape.vector).every((value) => value === 0)).toBe(true);
  // A block ends in half a normalised map plus another: the mean over all pixels is that of the shortcut, so the
  // regions' means weighted with their counts do not all vanish.
  expect(Math.max(...styles.map(Math.abs))).toBeGreaterThan(0.05);
});

test('the mapper is one two-layer net per region, plus the average code', async () => {
  const net = tinyRgi({ maskedLayers: 7 });
  const shape = rgiShape(net.weights, net.options);
  const styles = stream('styles', 12 * shape.vector);
  const found = (
    await runGraph(rgiMapper(net.weights, shape), { styles: { data: styles, dims: [1, 12, shape.vector] } })
  )['codes']!;
  const average = net.weights.read('latent_avg');
  const expected: number[] = [];
  for (let r = 0; r < 12; r++) {
    const read = (name: string): Float32Array => net.weights.read(`MLPs.${r}.mlp.${name}`);
    const [w1, b1, w2, b2] = [read('0.weight'), read('0.bias'), read('2.weight'), read('2.bias')];
    const hidden = Array.from(b1, (bias, h) => {
      let sum = 0;
      for (let v = 0; v < shape.vector; v++) sum += w1[h * shape.vector + v]! * styles[r * shape.vector + v]!;
      const y = sum / Math.sqrt(shape.vector) + bias;
      return y < 0 ? 0.01 * y : y;
    });
    for (let i = 0; i < shape.layers * shape.style; i++) {
      let sum = 0;
      if (i < b2.length) for (let h = 0; h < 6; h++) sum += w2[i * 6 + h]! * hidden[h]!;
      expected.push(i < b2.length ? sum / Math.sqrt(6) + b2[i]! + average[i]! : average[i]!);
    }
  }
  expect(difference(found, expected).max).toBeLessThan(1e-5);
});

test('weights that do not fit together are refused with the key or the sizes', () => {
  const net = tinyRgi();
  expect(() => rgiShape(net.weights, { ...net.options, remaining_layer_idx: 7 })).toThrow('7 stated');
  const without = net.table.filter(({ key }) => key !== 'G.convs.2.activate.bias');
  const holed = formulaWeights({ state_dict: without });
  expect(() => rgiGenerator(holed, rgiShape(holed, net.options))).toThrow(
    'no tensor "G.convs.2.activate.bias"',
  );
});
