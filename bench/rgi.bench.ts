import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { writeOnnx } from '../src/models/write-onnx.ts';
import type { OnnxGraph } from '../src/ops/graph/graph.ts';
import { rgiEncoder } from '../src/ops/graph/rgi-encoder.ts';
import { rgiGenerator } from '../src/ops/graph/rgi-generator.ts';
import { rgiGeneratorReference } from '../src/ops/graph/rgi-generator.reference.ts';
import { rgiShape } from '../src/ops/graph/rgi-shape.ts';
import { formulaLabels, formulaWeights, hasParity, readFixture, stream } from '../test/helpers/formula.ts';
import { spread, workFolder, type Bench } from './bench.ts';

type Feeds = Record<string, ort.Tensor>;

/** Times one graph of the published widths: wall and processor seconds, and this process' memory. */
async function measure(name: string, graph: () => OnnxGraph, feeds: Feeds, runs: number): Promise<unknown> {
  const path = join(workFolder, 'rgi', `${name}.onnx`);
  await mkdir(join(workFolder, 'rgi'), { recursive: true });
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await writeOnnx(graph(), path);
  const session = await ort.InferenceSession.create(path, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 2,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  await session.run(feeds);
  const wall: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < runs; i++) {
    const [startedAt, before] = [performance.now(), process.cpuUsage()];
    await session.run(feeds);
    const { user, system } = process.cpuUsage(before);
    wall.push((performance.now() - startedAt) / 1000);
    cpu.push((user + system) / 1e6);
  }
  await session.release();
  return {
    wallSeconds: spread(wall),
    cpuSeconds: spread(cpu),
    rssMb: Math.round(process.memoryUsage().rss / 1e6),
  };
}

/**
 * The published widths with the numbers of the parity formula. Graphs are written once; delete the folder
 * `facet-bench/rgi` of the system's temporary folder after a change of the graphs.
 */
export const bench: Bench = {
  name: 'rgi',
  what: 'RGI networks of published width, 2 threads: the published twelve-fold generator against the fast one',
  async run(say) {
    if (!hasParity) throw new Error('needs ../shared/reference/parity');
    const figures: Record<string, unknown> = { bar: 'generator 1024 <= 2.4 s, encoder <= 1.8 s' };
    const labels = new ort.Tensor('uint8', formulaLabels(1024, 1024), [1, 1024, 1024]);
    for (const size of [256, 1024]) {
      const fixture = readFixture(`rgi_${size}`);
      const weights = formulaWeights(fixture);
      const shape = rgiShape(weights, fixture.options);
      const codes = stream('codes', 12 * shape.layers * shape.style, (u) => 0.35 * u);
      const feeds = { codes: new ort.Tensor('float32', codes, [1, 12, shape.layers, shape.style]), labels };
      const note = async (
        name: string,
        graph: () => OnnxGraph,
        inputs: Feeds,
        runs: number,
      ): Promise<void> => {
        figures[name] = await measure(name, graph, inputs, runs);
        say(`${name}: ${JSON.stringify(figures[name])}`);
      };
      if (size === 256) {
        const image = new ort.Tensor('float32', stream('image', 3 * 256 * 256), [1, 3, 256, 256]);
        await note('encoder', () => rgiEncoder(weights, shape), { image, labels }, 5);
      }
      await note(`generator-${size}`, () => rgiGenerator(weights, shape), feeds, 5);
      // The order of codes from K on does not matter here: only time is compared.
      await note(`published-${size}`, () => rgiGeneratorReference(weights, shape), feeds, 1);
    }
    return figures;
  },
};
