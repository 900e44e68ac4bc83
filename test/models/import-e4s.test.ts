import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, expect, test } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { importCheckpoint } from '../../src/models/import-e4s.ts';
import { readProfile } from '../../src/models/read-profile.ts';
import { rgiGenerator } from '../../src/ops/graph/rgi-generator.ts';
import { rgiShape } from '../../src/ops/graph/rgi-shape.ts';
import { writeRgiCheckpoint, writeStateDict } from '../helpers/formula-checkpoint.ts';
import { formulaLabels, formulaWeights, hasParity, readFixture, stream } from '../helpers/formula.ts';
import { runGraph } from '../helpers/session.ts';
import { tinyRgi } from '../helpers/tiny-rgi.ts';

const folder = mkdtempSync(join(tmpdir(), 'facet-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const net = tinyRgi({ maskedLayers: 7 });

test.each([false, true])('a checkpoint becomes a profile that runs (legacy stream: %s)', async (isLegacy) => {
  const outDir = join(folder, `out-${isLegacy}`);
  const checkpoint = join(folder, 'net.pt');
  writeRgiCheckpoint(checkpoint, net, isLegacy);
  const { manifest } = await importCheckpoint({ checkpoint, fp16: false, outDir });
  const profile = await readProfile(manifest);
  expect(profile.name).toBe('e4s');
  expect(profile.roles.encoder).toMatchObject({ adapter: 'rgi', nonCommercial: true, params: { parts: [8, 16, 16] } });
  expect(profile.roles.generator!.params).toEqual({ size: 32, isSmall: true });
  expect(profile.roles.detector?.file).toContain('mini'); // shared with mini
  expect(readdirSync(join(outDir, 'e4s')).sort()).toEqual(['encoder.onnx', 'generator.onnx', 'mapper.onnx']);
  const session = await ort.InferenceSession.create(profile.roles.generator!.file, { executionProviders: ['cpu'] });
  const codes = stream('codes', 12 * 8 * 8);
  const labels = formulaLabels(32, 32);
  const { image } = await session.run({
    codes: new ort.Tensor('float32', codes, [1, 12, 8, 8]),
    labels: new ort.Tensor('uint8', labels, [1, 32, 32]),
  });
  await session.release();
  const direct = await runGraph(rgiGenerator(net.weights, rgiShape(net.weights, net.options)), {
    codes: { data: codes, dims: [1, 12, 8, 8] },
    labels: { data: labels, dims: [1, 32, 32] },
  });
  expect(Array.from(image!.data as Float32Array)).toEqual(direct['image']);
});

test('halves make files of half the size', async () => {
  const checkpoint = join(folder, 'net.pt');
  writeRgiCheckpoint(checkpoint, net);
  const outDir = join(folder, 'half');
  const { profile } = await importCheckpoint({ checkpoint, fp16: true, outDir });
  const whole = await importCheckpoint({ checkpoint, fp16: false, outDir: join(folder, 'whole') });
  // Small tensors stay as they are, and this net has many.
  expect(profile.roles.mapper!.bytes).toBeLessThan(0.8 * whole.profile.roles.mapper!.bytes);
});

test('a checkpoint of another network is refused, and leaves no manifest', async () => {
  const outDir = join(folder, 'refused');
  const checkpoint = join(folder, 'other.pt');
  const attempt = async (): Promise<ModelError> => {
    const error = await importCheckpoint({ checkpoint, fp16: false, outDir }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ModelError);
    return error as ModelError;
  };
  writeStateDict(checkpoint, net);
  expect((await attempt()).message).toContain('no "state_dict"');
  const extra = [...net.table, { key: 'G.convs.0.other', shape: [2], dtype: 'float32' }];
  writeRgiCheckpoint(checkpoint, { ...net, weights: formulaWeights({ state_dict: extra }), table: extra });
  expect((await attempt()).message).toContain('"G.convs.0.other"');
  const wrong = net.table.map((line) => (line.key === 'G.convs.1.activate.bias' ? { ...line, shape: [5] } : line));
  writeRgiCheckpoint(checkpoint, { ...net, weights: formulaWeights({ state_dict: wrong }), table: wrong });
  expect((await attempt()).message).toContain('"G.convs.1.activate.bias" is [5], expected [16]');
  expect(existsSync(join(outDir, 'e4s.json'))).toBe(false);
});

test.skipIf(!hasParity)('the parser is imported too, and kept by a later import without it', async () => {
  const outDir = join(folder, 'parser');
  const [checkpoint, parser] = [join(folder, 'net.pt'), join(folder, '79999_iter.pth')];
  writeRgiCheckpoint(checkpoint, net);
  const fixture = readFixture('bisenet');
  writeStateDict(parser, { weights: formulaWeights(fixture), table: fixture.state_dict, options: {} });
  const { manifest } = await importCheckpoint({ checkpoint, parser, fp16: true, outDir });
  await importCheckpoint({ checkpoint, fp16: false, outDir });
  const profile = await readProfile(manifest);
  expect(profile.roles.parser).toMatchObject({ adapter: 'bisenet', image: { width: 1024, mean: [0, 0, 0] } });
  expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ extends: 'mini' });
});
