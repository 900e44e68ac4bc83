import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { writeOnnx } from '../src/models/write-onnx.ts';
import type { OnnxGraph } from '../src/ops/graph/graph.ts';
import { rgiEncoder } from '../src/ops/graph/rgi-encoder.ts';
import { rgiGenerator } from '../src/ops/graph/rgi-generator.ts';
import { rgiGeneratorReference } from '../src/ops/graph/rgi-generator.reference.ts';
import { rgiShape } from '../src/ops/graph/rgi-shape.ts';
import { formulaLabels, formulaWeights, hasParity, readFixture, stream } from '../test/helpers/formula.ts';
import { type Bench, onTwoThreads, spread } from './bench.ts';

type Feeds = Record<string, ort.Tensor>;

/** What one process measures: sent to it as a message, answered with {@link Measured}. */
type Measuring = {
  readonly path: string;
  readonly runs: number;
  readonly feeds: readonly {
    readonly name: string;
    readonly type: 'float32' | 'uint8';
    readonly data: Float32Array | Uint8Array;
    readonly dims: readonly number[];
  }[];
};

/** Seconds of every run after one to warm up, and the most memory that the process held. */
type Measured = {
  readonly wall: readonly number[];
  readonly cpu: readonly number[];
  readonly peakRssMb: number;
};

/** Runs one graph in this process, on two threads that do not spin. */
async function runHere({ path, runs, feeds }: Measuring): Promise<Measured> {
  const session = await ort.InferenceSession.create(path, onTwoThreads);
  const inputs = Object.fromEntries(
    feeds.map(({ name, type, data, dims }) => [name, new ort.Tensor(type, data as never, dims)]),
  );
  await session.run(inputs);
  const wall: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < runs; i++) {
    const [startedAt, before] = [performance.now(), process.cpuUsage()];
    await session.run(inputs);
    const { user, system } = process.cpuUsage(before);
    wall.push((performance.now() - startedAt) / 1000);
    cpu.push((user + system) / 1e6);
  }
  return { wall, cpu, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1000) };
}

// Asked for by `measure`; the runner itself has a parent to send to as well.
if (process.argv[2] === 'measure-one') {
  process.once('message', (measuring: Measuring) => {
    runHere(measuring).then(
      (measured) => process.send!(measured, () => process.exit(0)),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}

/** Times one graph of the published widths in a process of its own, so that its peak of memory is its own. */
async function measure(path: string, feeds: Feeds, runs: number): Promise<Record<string, unknown>> {
  const child = fork(fileURLToPath(import.meta.url), ['measure-one'], {
    serialization: 'advanced',
    execArgv: ['--import', 'tsx'],
  });
  const plain = Object.entries(feeds).map(([name, { type, data, dims }]) => ({
    name,
    type: type as 'float32' | 'uint8',
    data: data as Float32Array | Uint8Array,
    dims: [...dims],
  }));
  const measured = await new Promise<Measured>((resolve, reject) => {
    child.once('message', (message: Measured) => resolve(message));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the measuring process ended with ${code}`)));
    child.send({ path, runs, feeds: plain } satisfies Measuring);
  });
  const { wall, cpu, peakRssMb } = measured;
  return { wallSeconds: spread(wall), cpuSeconds: spread(cpu), runs, peakRssMb };
}

/**
 * The published widths with the numbers of the parity formula; graphs are written anew. One run to warm up, then
 * medians: five runs of ours, and one of the published form at each size, which takes many times as long.
 */
export const bench: Bench = {
  name: 'rgi',
  what: 'RGI networks of published width, 2 threads: the published twelve-fold generator against the fast one',
  async run(say) {
    if (!hasParity) throw new Error('needs ../shared/reference/parity');
    const figures: Record<string, unknown> = {
      bar: 'generator 1024 <= 2.4 s, encoder <= 1.8 s of wall time on 2 free cores, peak RSS <= 4000 MB',
    };
    const folder = await mkdtemp(join(tmpdir(), 'facet-rgi-'));
    const note = async (name: string, graph: OnnxGraph, inputs: Feeds, runs: number): Promise<number> => {
      const path = join(folder, `${name}.onnx`);
      await writeOnnx(graph, path);
      const figure = await measure(path, inputs, runs);
      await rm(path);
      figures[name] = figure;
      say(`${name}: ${JSON.stringify(figure)}`);
      return (figure['wallSeconds'] as { median: number }).median;
    };
    try {
      const labels = new ort.Tensor('uint8', formulaLabels(1024, 1024), [1, 1024, 1024]);
      for (const size of [256, 1024]) {
        const fixture = readFixture(`rgi_${size}`);
        const weights = formulaWeights(fixture);
        const shape = rgiShape(weights, fixture.options);
        if (size === 256) {
          const image = new ort.Tensor('float32', stream('image', 3 * 256 * 256), [1, 3, 256, 256]);
          await note('encoder', rgiEncoder(weights, shape), { image, labels }, 5);
        }
        const codes = stream('codes', 12 * shape.layers * shape.style, (u) => 0.35 * u);
        const feeds = { codes: new ort.Tensor('float32', codes, [1, 12, shape.layers, shape.style]), labels };
        const ours = await note(`generator-${size}`, rgiGenerator(weights, shape), feeds, 5);
        // The order of codes from K on does not matter here: only time is compared.
        const published = await note(`published-${size}`, rgiGeneratorReference(weights, shape), feeds, 1);
        figures[`times-${size}`] = published / ours;
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return figures;
  },
};
