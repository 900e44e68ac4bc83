import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { openSafetensors } from '../../src/models/safetensors.ts';
import { floatFromHalf, halfFromFloat } from '../../src/ops/graph/half.ts';

const folder = mkdtempSync(join(tmpdir(), 'facet-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(header: unknown, data: Uint8Array, claimed?: bigint): string {
  const path = join(folder, 'weights.safetensors');
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed ?? BigInt(text.length));
  writeFileSync(path, Buffer.concat([length, text, data]));
  return path;
}

const floats = new Uint8Array(Float32Array.of(1, -2.5).buffer);
const entry = (dtype: string, shape: unknown, data_offsets: unknown): unknown => ({ dtype, shape, data_offsets });

test('reads tensors of every type, and the metadata', () => {
  const data = new Uint8Array(64);
  const view = new DataView(data.buffer);
  view.setFloat32(0, 1.5, true);
  view.setUint16(4, 0x3e00, true);
  view.setUint16(6, 0xc020, true);
  view.setBigInt64(8, -5n, true);
  view.setUint8(16, 200);
  view.setUint8(17, 1);
  const file = openSafetensors(
    write(
      {
        __metadata__: { opts: '{"k":1}', wrong: 7 },
        a: entry('F32', [1], [0, 4]),
        b: entry('F16', [], [4, 6]),
        c: entry('BF16', [1, 1], [6, 8]),
        d: entry('I64', [1], [8, 16]),
        e: entry('U8', [1], [16, 17]),
        f: entry('BOOL', [1], [17, 18]),
        g: entry('F32', [0, 4], [18, 18]),
      },
      data,
    ),
  );
  expect(file.keys).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  expect(file.keys.map((key) => [...file.read(key)])).toEqual([[1.5], [1.5], [-2.5], [-5], [200], [1], []]);
  expect(file.dims('c')).toEqual([1, 1]);
  expect(file.metadata).toEqual({ opts: '{"k":1}' });
  file.close();
});

test.each<[string, unknown, bigint?]>([
  ['a header longer than the file', { a: entry('F32', [2], [0, 8]) }, 2n ** 40n],
  ['a header of more than 64 bits of sense', { a: entry('F32', [2], [0, 8]) }, 2n ** 64n - 1n],
  ['no JSON', '{"a":'],
  ['a list', '[1,2]'],
  ['a tensor beyond the end', { a: entry('F32', [3], [0, 12]) }],
  ['offsets that are not the size', { a: entry('F32', [2], [0, 4]) }],
  ['offsets in the wrong order', { a: entry('F32', [2], [8, 0]) }],
  ['negative sizes', { a: entry('F32', [-2, -1], [0, 8]) }],
  ['sizes that overflow', { a: entry('F32', [2 ** 31, 2 ** 31, 2 ** 31], [0, 8]) }],
  ['an unknown type', { a: entry('F8', [8], [0, 8]) }],
  ['a type named like a property', { a: entry('constructor', [8], [0, 8]) }],
  ['no shape', { a: { dtype: 'F32', data_offsets: [0, 8] } }],
])('refuses %s', (_, header, claimed) => {
  expect(() => openSafetensors(write(header, floats, claimed))).toThrow(ModelError);
});

test('refuses files that are too short or missing', () => {
  const path = join(folder, 'short');
  writeFileSync(path, 'abc');
  expect(() => openSafetensors(path)).toThrow(ModelError);
  expect(() => openSafetensors(join(folder, 'nothing'))).toThrow('cannot be opened');
});

test('reads the trained weights of mini', () => {
  const path = fileURLToPath(new URL('../../models/training/weights/rgi_mini.safetensors', import.meta.url));
  const file = openSafetensors(path);
  expect(JSON.parse(file.metadata['opts']!)).toMatchObject({ num_seg_cls: 12 });
  expect(file.read('G.input.input').every(Number.isFinite)).toBe(true);
  file.close();
});

test('halves survive the way to float and back, and floats round to the nearest', () => {
  const changed: number[] = [];
  for (let half = 0; half < 0x10000; half++) {
    const value = floatFromHalf(half);
    if (!Number.isNaN(value) && halfFromFloat(value) !== half) changed.push(half);
  }
  expect(changed).toEqual([]);
  expect(halfFromFloat(1 + 2 ** -11)).toBe(0x3c00); // ties to even
  expect(halfFromFloat(1 + 3 * 2 ** -11)).toBe(0x3c02);
  expect(halfFromFloat(65520)).toBe(0x7c00);
  expect(halfFromFloat(2 ** -25)).toBe(0);
});
