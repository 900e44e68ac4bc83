import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { ModelError } from '../../../src/core/errors.ts';
import { openCheckpoint } from '../../../src/models/checkpoint/open-checkpoint.ts';
import { plainRecord, type Pickled } from '../../../src/models/checkpoint/pickled.ts';
import { PickleWriter } from '../../helpers/pickle-writer.ts';
import { writeArchive, writeLegacy, writeZip, type WrittenStorage } from '../../helpers/torch-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'facet-checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let number = 0;
const fresh = (): string => join(folder, `${number++}.pt`);

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const storage = (key: string, count: number, data: ArrayBufferView): WrittenStorage => ({
  key,
  count,
  bytes: () => bytesOf(data),
});

/** One of everything: types, a transposed view, two tensors of one storage, a scalar, options. */
function everything(isLegacy: boolean): { pickle: Buffer; storages: WrittenStorage[] } {
  const p = new PickleWriter(isLegacy);
  const floats = Float32Array.from({ length: 12 }, (_, i) => i + 0.5);
  const ramp = { storage: '0', type: 'float32', storageCount: 12 } as const;
  p.dictionary([
    [
      'state_dict',
      () =>
        p.stateDict([
          ['module.whole', () => p.tensor({ ...ramp, dims: [3, 4] })],
          ['module.turned', () => p.tensor({ ...ramp, dims: [4, 3], strides: [1, 4] })],
          ['module.part', () => p.tensor({ ...ramp, offset: 5, dims: [2, 2], strides: [4, 1] })],
          ['module.same', () => p.tensor({ ...ramp, offset: 3, dims: [2, 3], strides: [0, 1] })],
          ['module.module.half', () => p.tensor({ storage: '1', type: 'float16', storageCount: 2, dims: [2] })],
          ['brain', () => p.tensor({ storage: '2', type: 'bfloat16', storageCount: 2, dims: [2] })],
          ['long', () => p.tensor({ storage: '3', type: 'int64', storageCount: 2, dims: [2] })],
          ['byte', () => p.tensor({ storage: '4', type: 'uint8', storageCount: 2, dims: [2] })],
          ['bool', () => p.tensor({ storage: '5', type: 'bool', storageCount: 2, dims: [2] })],
          ['scalar', () => p.tensor({ storage: '3', type: 'int64', storageCount: 2, dims: [] })],
          ['empty', () => p.tensor({ ...ramp, dims: [0, 3] })],
        ]),
    ],
    [
      'opts',
      () =>
        p
          .global('argparse', 'Namespace')
          .op(0x29, 0x81)
          .dictionary([
            ['out_size', () => p.value(1024)],
            ['lr', () => p.value(0.25)],
            ['name', () => p.value('net3')],
            ['flags', () => p.value([true, null])],
            ['device', () => p.global('torch', 'device').value(['cuda', 3]).op(0x52)],
            ['type', () => p.global('torch', 'float32')],
          ])
          .op(0x62),
    ],
  ]);
  const storages = [
    storage('0', 12, floats),
    storage('1', 2, Uint16Array.of(0x3e00, 0xc000)),
    storage('2', 2, Uint16Array.of(0x3fc0, 0xc000)),
    storage('3', 2, BigInt64Array.of(-7n, 2n ** 40n)),
    storage('4', 2, Uint8Array.of(3, 255)),
    storage('5', 2, Uint8Array.of(0, 1)),
  ];
  return { pickle: p.finish(), storages };
}

function dictionary(root: Pickled, key: string): Map<Pickled, Pickled> {
  const value = root instanceof Map ? root.get(key) : undefined;
  if (!(value instanceof Map)) throw new Error(`no dictionary ${key}`);
  return value;
}

test.each([
  ['the zip container', writeZip, false],
  ['the legacy stream', writeLegacy, true],
])('reads %s: types, strides, shared storages, options', async (_, write, isLegacy) => {
  const path = fresh();
  const { pickle, storages } = everything(isLegacy);
  write(path, pickle, storages);
  const checkpoint = await openCheckpoint(path);
  const weights = checkpoint.weights(dictionary(checkpoint.root, 'state_dict'), 'module.');
  const read = (key: string): number[] => [...weights.read(key)];
  expect(weights.dims('whole')).toEqual([3, 4]);
  expect(read('whole')).toEqual(Array.from({ length: 12 }, (_, i) => i + 0.5));
  expect(read('turned')).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11].map((i) => i + 0.5));
  expect(read('part')).toEqual([5.5, 6.5, 9.5, 10.5]);
  expect(read('same')).toEqual([3.5, 4.5, 5.5, 3.5, 4.5, 5.5]);
  expect(read('module.half')).toEqual([1.5, -2]); // only the first `module.` goes
  expect(read('brain')).toEqual([1.5, -2]);
  expect(read('long')).toEqual([-7, 2 ** 40]);
  expect(read('byte')).toEqual([3, 255]);
  expect(read('bool')).toEqual([0, 1]);
  expect(read('scalar')).toEqual([-7]);
  expect(read('empty')).toEqual([]);
  expect(weights.dims('nothing')).toBeUndefined();
  const options = plainRecord(dictionary(checkpoint.root, 'opts'));
  expect(options).toEqual({ out_size: 1024, lr: 0.25, name: 'net3', flags: [true, null] });
  checkpoint.close();
});

const systemPython = '/usr/bin/python3';
const hasTorch = ((): boolean => {
  if (!existsSync(systemPython)) return false;
  try {
    const look = "import importlib.util; print(importlib.util.find_spec('torch') is not None)";
    return execFileSync(systemPython, ['-c', look], { encoding: 'utf8' }).trim() === 'True';
  } catch {
    return false;
  }
})();

// Debian's python3-torch: the format's own author as the witness.
test.skipIf(!hasTorch)('reads what torch.save writes, in both formats', async () => {
  const [zip, legacy] = [fresh(), fresh()];
  const script = `
import sys, torch, argparse, numpy as np
from collections import OrderedDict
net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
with torch.no_grad():
    for i, p in enumerate(net.parameters()): p.copy_(torch.arange(p.numel()).view(p.shape) * 0.5 + i)
a = torch.arange(24, dtype=torch.float32).view(2, 3, 4)
c = {'state_dict': net.state_dict(), 'extra': OrderedDict(t=a.transpose(0, 2), view=a[1], h=a.half(), b=a.bfloat16(), rep=a[0, 0].repeat(3, 1), ex=a[0, :, :1].expand(3, 5)),
     'param': {'p': net[0].bias}, 'opts': vars(argparse.Namespace(k=13, device=torch.device('cpu'), n=np.float32(0.5), s='x', l=[1, 2])), 'ns': argparse.Namespace(z=3)}
torch.save(c, sys.argv[1]); torch.save(c, sys.argv[2], _use_new_zipfile_serialization=False)`;
  execFileSync(systemPython, ['-c', script, zip, legacy]);
  for (const path of [zip, legacy]) {
    const checkpoint = await openCheckpoint(path);
    const state = checkpoint.weights(dictionary(checkpoint.root, 'state_dict'));
    expect(state.keys).toEqual([
      ...['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var', '1.num_batches_tracked'],
    ]);
    expect([...state.read('0.bias')]).toEqual([1, 1.5, 2]);
    expect(state.dims('0.weight')).toEqual([3, 2, 3, 3]);
    expect(state.read('0.weight')[53]).toBe(26.5);
    const extra = checkpoint.weights(dictionary(checkpoint.root, 'extra'));
    expect([...extra.read('t')].slice(0, 6)).toEqual([0, 12, 4, 16, 8, 20]);
    expect([...extra.read('view')]).toEqual(Array.from({ length: 12 }, (_, i) => 12 + i));
    expect([...extra.read('h')]).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect([...extra.read('b')]).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect([...extra.read('rep')]).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
    expect([...extra.read('ex')]).toEqual([0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8]);
    expect([...checkpoint.weights(dictionary(checkpoint.root, 'param')).read('p')]).toEqual([1, 1.5, 2]);
    expect(plainRecord(dictionary(checkpoint.root, 'opts'))).toEqual({ k: 13, n: 0.5, s: 'x', l: [1, 2] });
    expect(plainRecord(dictionary(checkpoint.root, 'ns'))).toEqual({ z: 3 });
    checkpoint.close();
  }
}, 60_000);

const tiny = (p: PickleWriter): PickleWriter =>
  p.tensor({ storage: '0', type: 'float32', storageCount: 4, dims: [4] });
const four = [storage('0', 4, Float32Array.of(1, 2, 3, 4))];

async function failure(path: string): Promise<ModelError> {
  try {
    const checkpoint = await openCheckpoint(path);
    const all = [...(checkpoint.root as Map<Pickled, Pickled>).values()].filter((v) => v instanceof Map);
    for (const map of [checkpoint.root as Map<Pickled, Pickled>, ...all]) {
      const weights = checkpoint.weights(map);
      for (const key of weights.keys) weights.read(key);
    }
    checkpoint.close();
  } catch (error) {
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).message).toContain(path);
    return error as ModelError;
  }
  throw new Error('it was read');
}

test('names outside the allow-list are refused and nothing runs', async () => {
  const marker = join(folder, 'ran');
  const calls: ((p: PickleWriter) => PickleWriter)[] = [
    (p) => p.global('os', 'system').value([`touch ${marker}`]).op(0x52),
    (p) => p.global('builtins', 'eval').value(['1']).op(0x52),
    (p) => p.text('posix').text('system').op(0x93).value([`touch ${marker}`]).op(0x52),
    (p) => p.global('torch', 'FloatStorage').value([1]).op(0x52),
    (p) => p.global('__proto__', 'constructor').value([]).op(0x52),
    (p) => p.op(0x28).text('x').op(0x69), // INST
    (p) => p.op(0x82, 1), // EXT1
  ];
  for (const call of calls) {
    for (const [write, isLegacy] of [[writeZip, false] as const, [writeLegacy, true] as const]) {
      const path = fresh();
      const p = new PickleWriter(isLegacy);
      write(path, call(p).finish(), []);
      expect((await failure(path)).code).toBe('MODEL_UNSAFE');
    }
  }
  expect(existsSync(marker)).toBe(false);
});

test('a file cut anywhere is a typed error', async () => {
  for (const [write, isLegacy] of [[writeZip, false] as const, [writeLegacy, true] as const]) {
    const path = fresh();
    const { pickle, storages } = everything(isLegacy);
    write(path, pickle, storages);
    const size = statSync(path).size;
    for (const part of [0, 3, 17, 200, size >> 1, size - 300, size - 9, size - 1]) {
      const cut = fresh();
      writeFileSync(cut, readFileSync(path).subarray(0, part));
      expect((await failure(cut)).code).toBe('MODEL_UNREADABLE');
    }
  }
});

test('damaged bytes give a typed error or other numbers, never anything else', async () => {
  for (const [write, isLegacy] of [[writeZip, false] as const, [writeLegacy, true] as const]) {
    const path = fresh();
    const { pickle, storages } = everything(isLegacy);
    write(path, pickle, storages);
    const whole = readFileSync(path);
    let refused = 0;
    for (let i = 0; i < 120; i++) {
      const bytes = Buffer.from(whole);
      bytes[Math.floor((i * bytes.length) / 120)]! ^= 1 << (i % 8);
      writeFileSync(path, bytes);
      try {
        const checkpoint = await openCheckpoint(path);
        if (checkpoint.root instanceof Map) {
          const state = checkpoint.root.get('state_dict');
          const weights = state instanceof Map ? checkpoint.weights(state) : undefined;
          for (const key of weights?.keys ?? []) weights!.read(key);
        }
        checkpoint.close();
      } catch (error) {
        expect(error).toBeInstanceOf(ModelError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
  }
});

test('impossible sizes, tricks with names and bombs are refused quickly', async () => {
  const claims: [string, (p: PickleWriter) => PickleWriter][] = [
    ['beyond its storage', (p) => p.tensor({ storage: '0', type: 'float32', storageCount: 4, dims: [5] })],
    ['too short', (p) => p.tensor({ storage: '0', type: 'float32', storageCount: 2 ** 40, dims: [2 ** 40] })],
    [
      'larger than its storage',
      (p) => p.tensor({ storage: '0', type: 'float32', storageCount: 4, dims: [2 ** 20, 2 ** 20], strides: [0, 0] }),
    ],
    ['missing', (p) => p.tensor({ storage: '../../etc/passwd', type: 'uint8', storageCount: 4, dims: [4] })],
    ['sizes', (p) => p.tensor({ storage: '0', type: 'float32', storageCount: 4, offset: -4, dims: [4] })],
    ['no memo', (p) => p.op(0x6a, 255, 255, 255, 255)],
    ['truncated', (p) => p.op(0x58, 255, 255, 255, 255)], // a text of 4 GiB
    ['corrupt', (p) => p.op(0x85)],
    ['no mark', (p) => p.op(0x74)],
  ];
  for (const [why, claim] of claims) {
    const path = fresh();
    const p = new PickleWriter();
    p.dictionary([['a', () => claim(p)]]);
    writeZip(path, p.finish(), four);
    expect((await failure(path)).message).toContain(why);
  }
  // A list that holds itself many times, and a pickle that only puts things into the memo.
  const bomb = new PickleWriter().op(0x5d, 0x71, 0);
  for (let i = 0; i < 200_000; i++) bomb.op(0x68, 0, 0x61);
  const path = fresh();
  writeZip(path, Buffer.concat([bomb.finish().subarray(0, -1), Buffer.alloc(5_000_000, Buffer.from('N')), Buffer.from('.')]), []);
  expect((await failure(path)).message).toContain('far too large');
}, 20_000);

test('archives that are no checkpoint are told apart', async () => {
  const p = new PickleWriter();
  p.dictionary([['a', () => tiny(p)]]);
  const pickle = p.finish();
  const data = (): Uint8Array => bytesOf(Float32Array.of(1, 2, 3, 4));
  const cases: [string, (readonly [string, () => Uint8Array])[]][] = [
    ['no data.pkl', [['readme.txt', () => Buffer.from('x')]]],
    ['relative path', [['../data.pkl', () => pickle]]],
    ['two entries', [['a/data.pkl', () => pickle], ['a/data/0', data], ['a/data/0', data]]],
    ['big-endian', [['a/data.pkl', () => pickle], ['a/byteorder', () => Buffer.from('big')], ['a/data/0', data]]],
  ];
  for (const [why, entries] of cases) {
    const path = fresh();
    writeArchive(path, entries);
    expect((await failure(path)).message).toContain(why);
  }
  const path = fresh();
  writeFileSync(path, 'not a checkpoint at all');
  expect((await failure(path)).message).toContain('neither format');
  expect((await failure(join(folder, 'nothing.pt'))).message).toContain('cannot be opened');
  writeZip(path, pickle, four);
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4)) bytes[at + 8]! |= 1;
  writeFileSync(path, bytes);
  expect((await failure(path)).message).toContain('encrypted');
});

test('compressed entries are read, and one that lies about its size is refused', async () => {
  const p = new PickleWriter();
  p.dictionary([['a', () => tiny(p)]]);
  const path = fresh();
  writeZip(path, p.finish(), four);
  // Store the tensor's 16 bytes deflated: patch method and sizes in both headers, data in place (it is longer: rewrite).
  const packed = deflateRawSync(new Uint8Array(16));
  expect(packed.length).toBeLessThan(16);
  const bytes = readFileSync(path);
  const local = bytes.indexOf('archive/data/0') - 30;
  const central = bytes.indexOf('archive/data/0', local + 60) - 46;
  const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  packed.copy(bytes, data);
  bytes.writeUInt16LE(8, local + 8);
  bytes.writeUInt16LE(8, central + 10);
  bytes.writeUInt32LE(packed.length, central + 20);
  writeFileSync(path, bytes);
  const checkpoint = await openCheckpoint(path);
  expect([...checkpoint.weights(checkpoint.root as Map<Pickled, Pickled>).read('a')]).toEqual([0, 0, 0, 0]);
  checkpoint.close();
  bytes.writeUInt32LE(2_000_000_000, central + 24);
  writeFileSync(path, bytes);
  expect((await failure(path)).message).toContain('impossible size');
});

test('a large file is read tensor by tensor', async () => {
  const path = fresh();
  const p = new PickleWriter();
  const names = Array.from({ length: 24 }, (_, i) => String(i));
  const count = 2 ** 20;
  p.dictionary(names.map((n) => [n, () => p.tensor({ storage: n, type: 'float32', storageCount: count, dims: [count] })]));
  const block = new Float32Array(count).fill(3);
  writeZip(path, p.finish(), names.map((key) => storage(key, count, block)));
  const before = process.memoryUsage().rss;
  const checkpoint = await openCheckpoint(path);
  // 100 MB of tensors lie in the file; opening it must not read them.
  expect(process.memoryUsage().rss - before).toBeLessThan(40e6);
  expect(checkpoint.weights(checkpoint.root as Map<Pickled, Pickled>).read('7')[count - 1]).toBe(3);
  checkpoint.close();
  truncateSync(path, 1000);
});
