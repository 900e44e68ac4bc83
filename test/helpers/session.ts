import * as ort from 'onnxruntime-node';
import { encodeGraph, type EncodeOptions } from '../../src/ops/graph/encode-graph.ts';
import type { OnnxGraph } from '../../src/ops/graph/graph.ts';

export type Feeds = Readonly<
  Record<string, { readonly data: Float32Array | Uint8Array; readonly dims: readonly number[] }>
>;

/** Runs a graph once on the cpu provider and gives its outputs' numbers by name. */
export async function runGraph(
  graph: OnnxGraph,
  feeds: Feeds,
  options: EncodeOptions & { readonly optimise?: 'disabled' | 'basic' | 'all' } = {},
): Promise<Record<string, number[]>> {
  const session = await ort.InferenceSession.create(encodeGraph(graph, options).model, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: options.optimise ?? 'all',
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    const inputs: Record<string, ort.Tensor> = {};
    for (const [name, { data, dims }] of Object.entries(feeds)) {
      inputs[name] =
        data instanceof Uint8Array
          ? new ort.Tensor('uint8', data, dims)
          : new ort.Tensor('float32', data, dims);
    }
    const results = await session.run(inputs);
    const outputs: Record<string, number[]> = {};
    for (const [name, value] of Object.entries(results))
      outputs[name] = Array.from(value.data as Float32Array);
    return outputs;
  } finally {
    await session.release();
  }
}

/** Largest and mean absolute difference; NaN counts as infinite. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): { max: number; mean: number } {
  if (a.length !== b.length) throw new RangeError(`${a.length} numbers, expected ${b.length}`);
  let max = 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (!(d <= max)) max = Number.isNaN(d) ? Infinity : d;
    sum += d;
  }
  return { max, mean: sum / a.length };
}
