import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bisenetParser } from '../../src/ops/graph/bisenet.ts';
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
  hasParity,
  readFixture,
  stream,
} from '../helpers/formula.ts';
import type { Placed, PlaceRequest } from '../helpers/place-nodes.ts';
import { difference } from '../helpers/session.ts';
import { tinyRgi } from '../helpers/tiny-rgi.ts';

/** Chromium's software Vulkan; a machine with a graphics device of its own needs no such file. */
const softwareVulkan = '/usr/lib/chromium/vk_swiftshader_icd.json';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facet-placement-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const net = tinyRgi();
const shape = rgiShape(net.weights, net.options);
const labels = {
  name: 'labels',
  type: 'uint8',
  data: [...formulaLabels(32, 32)],
  dims: [1, 32, 32],
} as const;
/** For a generator: two faces in one run. */
const twoLabels = {
  ...labels,
  data: [...formulaLabels(32, 32), ...formulaLabels(32, 32, { drop: [4, 10], dx: 0.1 })],
  dims: [2, 32, 32],
} as const;
const image = {
  name: 'image',
  type: 'float32',
  data: [...formulaImage('tiny', 32, 32)],
  dims: [1, 3, 32, 32],
} as const;
const styles = {
  name: 'styles',
  type: 'float32',
  data: [...stream('styles', 12 * shape.vector)],
  dims: [1, 12, shape.vector],
} as const;
const codes = {
  name: 'codes',
  type: 'float32',
  data: [...stream('codes', 2 * 12 * shape.layers * shape.style)],
  dims: [2, 12, shape.layers, shape.style],
} as const;

async function place(graph: OnnxGraph, feeds: PlaceRequest['feeds'], provider: string): Promise<Placed> {
  const file = join(folder, `${graph.name}.onnx`);
  await writeFile(file, encodeGraph(graph).model);
  const child = fork(fileURLToPath(new URL('../helpers/place-nodes.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...(existsSync(softwareVulkan) ? { VK_ICD_FILENAMES: softwareVulkan } : {}) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const request: PlaceRequest = { file, provider, prefix: join(folder, `${graph.name}-${provider}`), feeds };
  return new Promise((resolve, reject) => {
    let words = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2000)));
    child.once('message', (message: Placed | { readonly error: string }) => {
      if ('error' in message) reject(new Error(message.error));
      else resolve(message);
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`ended with ${code}: ${words}`)));
    child.send(request);
  });
}

const why = existsSync(softwareVulkan)
  ? ''
  : ' (left out: chromium and its software Vulkan are not installed)';

describe.skipIf(why !== '')(`which provider runs which operator, with webgpu asked for${why}`, () => {
  it.each([
    ['encoder', rgiEncoder(net.weights, shape), [image, labels], []],
    ['mapper', rgiMapper(net.weights, shape), [styles], []],
    // How many pixels lie at borders is known only when the labels are: these lists are made on the processor, from
    // small planes of labels, and no pixel goes there. So are the sizes of tensors, of which one is how many faces
    // there are.
    [
      'generator',
      rgiGenerator(net.weights, shape),
      [codes, twoLabels],
      ['Cast', 'Concat', 'NonZero', 'Reshape'],
    ],
  ] as const)('%s', { timeout: 300_000 }, async (_, graph, feeds, onCpu) => {
    const [cpu, gpu] = [await place(graph, feeds, 'cpu'), await place(graph, feeds, 'webgpu')];
    expect(Object.keys(cpu.operators)).toEqual(['cpu']);
    for (const [name, values] of Object.entries(cpu.outputs)) {
      // The same float32 sums in another order; values up to about 5.
      expect(difference(gpu.outputs[name]!, values).max).toBeLessThan(2e-5);
    }
    expect(gpu.operators['webgpu']).toContain('Add');
    expect(gpu.operators['cpu'] ?? []).toEqual(onCpu);
  });

  // The published widths; a small picture, as the driver is software.
  it.skipIf(!hasParity)('BiSeNet, its pre-processing included', { timeout: 300_000 }, async () => {
    const graph = bisenetParser(formulaWeights(readFixture('bisenet')), { side: 64 });
    const crop = { name: 'image', type: 'float32', dims: [1, 3, 128, 128] } as const;
    const feeds = [
      { ...crop, data: [...formulaImage('bisenet/image', 128, 128)].map((value) => (value + 1) / 2) },
    ];
    const [cpu, gpu] = [await place(graph, feeds, 'cpu'), await place(graph, feeds, 'webgpu')];
    expect(Object.keys(cpu.operators)).toEqual(['cpu']);
    expect(difference(gpu.outputs['probabilities']!, cpu.outputs['probabilities']!).max).toBeLessThan(1e-3);
    expect(gpu.operators['webgpu']).toContain('Conv');
    // From the likeliest class to its region: whole numbers, which go to the processor next anyway.
    expect(gpu.operators['cpu']).toEqual(['Cast', 'Gather']);
  });
});
