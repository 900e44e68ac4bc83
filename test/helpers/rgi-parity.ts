import * as ort from 'onnxruntime-node';
import { encodeGraph } from '../../src/ops/graph/encode-graph.ts';
import type { OnnxGraph } from '../../src/ops/graph/graph.ts';
import { rgiEncoder } from '../../src/ops/graph/rgi-encoder.ts';
import { rgiGenerator } from '../../src/ops/graph/rgi-generator.ts';
import { rgiMapper } from '../../src/ops/graph/rgi-mapper.ts';
import { rgiShape } from '../../src/ops/graph/rgi-shape.ts';
import {
  formulaImage,
  formulaLabels,
  formulaWeights,
  readFixture,
  readNpy,
  type LabelsOptions,
} from './formula.ts';
import { difference } from './session.ts';

/** How far an output is from the published network's. */
export type Distance = { readonly output: string; readonly max: number; readonly mean: number };

/**
 * Runs the published widths on every case of a fixture (rgi_256 or rgi_1024) and compares every output that it
 * holds. One network is open at a time.
 */
export async function rgiDistances(name: string, threads: number): Promise<readonly Distance[]> {
  const fixture = readFixture(name);
  const weights = formulaWeights(fixture);
  const shape = rgiShape(weights, fixture.options);
  const cases = fixture.cases ?? [];
  const found: Distance[] = [];
  const compare = (output: string, values: ArrayLike<number>): void => {
    const file = fixture.outputs[output]?.file;
    if (file) found.push({ output, ...difference(values, readNpy(file)) });
  };
  const labelsOf = cases.map(
    ({ labels }) =>
      new ort.Tensor('uint8', formulaLabels(1024, 1024, labels as LabelsOptions), [1, 1024, 1024]),
  );
  const styles = await runEach(
    rgiEncoder(weights, shape),
    cases.map(({ image: { seed } }, i) => ({
      image: reduced(formulaImage(seed, 1024, 1024)),
      labels: labelsOf[i]!,
    })),
    'styles',
    threads,
  );
  styles.forEach(({ data }, i) => compare(`${name}_${cases[i]!.name}_style_vectors`, data as Float32Array));
  const codes = await runEach(
    rgiMapper(weights, shape),
    styles.map((value) => ({ styles: value })),
    'codes',
    threads,
  );
  codes.forEach(({ data }, i) => {
    const picked: number[] = [];
    for (let r = 0; r < 12; r++) {
      for (const layer of [0, 5, 12, shape.layers - 1]) {
        const at = (r * shape.layers + layer) * shape.style;
        for (let c = 0; c < shape.style; c += 8) picked.push((data as Float32Array)[at + c]!);
      }
    }
    compare(`${name}_${cases[i]!.name}_style_codes`, picked);
  });
  for (const noise of ['stored', 'none'] as const) {
    const wanted = cases.map(({ name: one }, i) => ({
      output: `${name}_${one}_generated${noise === 'none' ? '_zero_noise' : ''}`,
      feeds: { codes: codes[i]!, labels: labelsOf[i]! },
    }));
    const present = wanted.filter(({ output }) => fixture.outputs[output]);
    const images = await runEach(
      rgiGenerator(weights, shape, { noise }),
      present.map(({ feeds }) => feeds),
      'image',
      threads,
    );
    images.forEach(({ data }, i) => {
      const { output } = present[i]!;
      compare(output, subsampled(data as Float32Array, fixture.outputs[output]!));
    });
  }
  return found;
}

async function runEach(
  graph: OnnxGraph,
  feeds: readonly Record<string, ort.Tensor>[],
  output: string,
  threads: number,
): Promise<ort.Tensor[]> {
  const session = await ort.InferenceSession.create(encodeGraph(graph).model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  });
  try {
    const results: ort.Tensor[] = [];
    for (const one of feeds) results.push((await session.run(one))[output] as ort.Tensor);
    return results;
  } finally {
    await session.release();
  }
}

/** 1024 -> 256 as published: bilinear without antialias, which is the mean of pixels 4i + 1 and 4i + 2. */
function reduced(image: Float32Array): ort.Tensor {
  const result = new Float32Array(3 * 256 * 256);
  for (let i = 0; i < result.length; i++) {
    const [c, y, x] = [i >> 16, (i >> 8) & 255, i & 255];
    const at = (c * 1024 + 4 * y + 1) * 1024 + 4 * x + 1;
    result[i] = (image[at]! + image[at + 1]! + image[at + 1024]! + image[at + 1025]!) / 4;
  }
  return new ort.Tensor('float32', result, [1, 3, 256, 256]);
}

function subsampled(
  image: Float32Array,
  {
    shape,
    subsample,
  }: {
    readonly shape: readonly number[];
    readonly subsample?: { readonly start: number; readonly step: number };
  },
): number[] {
  const side = shape.at(-1)!;
  const { start, step } = subsample ?? { start: 0, step: 1 };
  const picked: number[] = [];
  for (let c = 0; c < 3; c++) {
    for (let y = start; y < side; y += step) {
      for (let x = start; x < side; x += step) picked.push(image[(c * side + y) * side + x]!);
    }
  }
  return picked;
}
