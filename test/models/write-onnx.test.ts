import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, expect, test } from 'vitest';
import { writeOnnx } from '../../src/models/write-onnx.ts';
import { add } from '../../src/ops/graph/nodes.ts';
import { GraphBuilder } from '../../src/ops/graph/graph.ts';
import { rgiMapper } from '../../src/ops/graph/rgi-mapper.ts';
import { rgiShape } from '../../src/ops/graph/rgi-shape.ts';
import { stream } from '../helpers/formula.ts';
import { difference, runGraph } from '../helpers/session.ts';
import { tinyRgi } from '../helpers/tiny-rgi.ts';

const folder = mkdtempSync(join(tmpdir(), 'facet-onnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([false, true])('weights in a file of their own give the same numbers (halves: %s)', async (fp16) => {
  const net = tinyRgi();
  const shape = rgiShape(net.weights, net.options);
  const path = join(folder, `mapper-${fp16}.onnx`);
  const written = await writeOnnx(rgiMapper(net.weights, shape), path, { fp16, externalFromBytes: 0 });
  expect(written.map(({ file }) => file)).toEqual([`mapper-${fp16}.onnx`, `mapper-${fp16}.onnx.data`]);
  for (const { file, sha256, bytes } of written) {
    const content = readFileSync(join(folder, file));
    expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([bytes, sha256]);
  }
  expect(written[0].bytes).toBeLessThan(written[1]!.bytes);
  expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
  const styles = { data: stream('styles', 12 * shape.vector), dims: [1, 12, shape.vector] };
  const session = await ort.InferenceSession.create(path, { executionProviders: ['cpu'], logSeverityLevel: 3 });
  const { codes } = await session.run({ styles: new ort.Tensor('float32', styles.data, styles.dims) });
  await session.release();
  const expected = await runGraph(rgiMapper(net.weights, shape), { styles }, { fp16 });
  expect(difference(codes!.data as Float32Array, expected['codes']!).max).toBe(0);
});

test('a graph that does not fit together is refused when it is built', () => {
  const g = new GraphBuilder('wrong');
  const a = g.input('a', 'float32', [2, 3]);
  expect(() => add(g, a, g.input('b', 'float32', [2, 4]))).toThrow('axis 1 is 3 and 4');
  expect(() => g.floats('c', new Float32Array(5), [2, 3])).toThrow('c has 5 values, expected [2,3]');
  expect(() => g.input('a', 'float32', [1])).toThrow('value a is there already');
  expect(() => add(g, a, new GraphBuilder('other').input('a', 'float32', [2, 3]))).toThrow('not of graph wrong');
  expect(() => g.finish()).toThrow('no output');
});
