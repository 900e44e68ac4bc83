import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { openSafetensors } from '../src/models/safetensors.ts';
import { writeOnnx } from '../src/models/write-onnx.ts';
import { rgiGenerator } from '../src/ops/graph/rgi-generator.ts';
import { rgiShape, type RgiOptions, type RgiShape } from '../src/ops/graph/rgi-shape.ts';
import type { Weights } from '../src/core/weights.ts';
import { formulaLabels, formulaWeights, hasParity, readFixture, stream } from '../test/helpers/formula.ts';
import { difference } from '../test/helpers/session.ts';
import { type Bench, onTwoThreads, root, spread } from './bench.ts';

const side = 256;
/** Four faces: alone, as two pairs, all together. */
const sizes = [1, 2, 4] as const;
const faceCount = 4;

/** Four faces' codes and label maps, in runs of `count`. */
function feedsOf({ layers, style }: RgiShape, count: number): Record<string, ort.Tensor>[] {
  const runs: Record<string, ort.Tensor>[] = [];
  for (let at = 0; at < faceCount; at += count) {
    const faces = Array.from({ length: count }, (_, i) => at + i);
    const codes = faces.flatMap((face) => [...stream(`codes ${face}`, 12 * layers * style, (u) => 0.35 * u)]);
    const labels = faces.flatMap((face) => [
      ...formulaLabels(side, side, { dx: 0.03 * face, drop: face === 2 ? [4, 10] : [] }),
    ]);
    runs.push({
      codes: new ort.Tensor('float32', Float32Array.from(codes), [count, 12, layers, style]),
      labels: new ort.Tensor('uint8', Uint8Array.from(labels), [count, side, side]),
    });
  }
  return runs;
}

/** Seconds a face in runs of 1, 2 and 4, taken in turns in one session, and how far the pictures are from single runs'. */
async function measure(path: string, shape: RgiShape, rounds: number): Promise<Record<string, unknown>> {
  const session = await ort.InferenceSession.create(path, onTwoThreads);
  const cases = sizes.map((count) => ({
    count,
    feeds: feedsOf(shape, count),
    cpu: [] as number[],
    wall: [] as number[],
    pictures: [] as number[],
  }));
  for (let round = 0; round <= rounds; round++) {
    for (const one of cases) {
      const [startedAt, before] = [performance.now(), process.cpuUsage()];
      const results: ort.InferenceSession.OnnxValueMapType[] = [];
      for (const feeds of one.feeds) results.push(await session.run(feeds));
      const { user, system } = process.cpuUsage(before);
      const wall = (performance.now() - startedAt) / 1000 / faceCount;
      // The first round warms up.
      if (round === 0)
        one.pictures = results.flatMap((result) => [...(result['image']!.data as Float32Array)]);
      else {
        one.cpu.push((user + system) / 1e6 / faceCount);
        one.wall.push(wall);
      }
    }
  }
  await session.release();
  const alone = cases[0]!;
  return Object.fromEntries(
    cases.map(({ count, cpu, wall, pictures }) => [
      `runsOf${count}`,
      {
        cpuSecondsPerFace: spread(cpu),
        wallSecondsPerFace: spread(wall),
        cpuRatio: spread(cpu).median / spread(alone.cpu).median,
        maxDifference: difference(pictures, alone.pictures).max,
      },
    ]),
  );
}

/** Decides whether several faces of a frame go into one run of the generator on the processor (`facesPerRun`). */
export const bench: Bench = {
  name: 'batch',
  what: 'generator, four faces of 256 px on the processor, 2 threads: runs of two and four faces against runs of one',
  async run(say) {
    const mini = openSafetensors(join(root, 'models', 'training', 'weights', 'rgi_mini.safetensors'));
    const options = JSON.parse(mini.metadata['opts'] ?? '{}') as RgiOptions;
    const nets: [string, Weights, RgiOptions, number][] = [['mini', mini, options, 15]];
    if (hasParity) {
      const fixture = readFixture('rgi_256');
      nets.push(['published', formulaWeights(fixture), fixture.options, 3]);
    }
    const folder = await mkdtemp(join(tmpdir(), 'facet-batch-'));
    const figures: Record<string, unknown> = {
      rounds: Object.fromEntries(nets.map(([name, , , n]) => [name, n])),
    };
    try {
      for (const [name, weights, opts, rounds] of nets) {
        const shape = rgiShape(weights, opts);
        const path = join(folder, `${name}.onnx`);
        await writeOnnx(rgiGenerator(weights, shape), path);
        figures[name] = await measure(path, shape, rounds);
        say(`${name}: ${JSON.stringify(figures[name])}`);
      }
    } finally {
      mini.close();
      await rm(folder, { recursive: true, force: true });
    }
    return figures;
  },
};
