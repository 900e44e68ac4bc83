import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { parityFolder } from './formula.ts';

/** An array of a NumPy file. */
export type NpyArray = {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Uint8Array;
};

/** Reads the bytes of a .npy file: float64, float32 or uint8, C order, little endian. */
export function parseNpy(bytes: Uint8Array): NpyArray {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 10 + view.readUInt16LE(8);
  const header = view.subarray(10, start).toString('latin1');
  const shape = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const body = new Uint8Array(view.subarray(start)).buffer;
  if (header.includes("'fortran_order': True")) throw new Error('Fortran order is not read.');
  if (header.includes("'<f8'")) return { shape, data: new Float64Array(body) };
  if (header.includes("'<f4'")) return { shape, data: new Float32Array(body) };
  if (header.includes("'|u1'")) return { shape, data: new Uint8Array(body) };
  throw new Error(`No reader for ${header}.`);
}

/** Reads a .npy file of the parity fixtures. */
export function parityArray(file: string): NpyArray {
  return parseNpy(readFileSync(join(parityFolder, file)));
}

/** Reads a .npz file of the parity fixtures: a zip of .npy files, stored or deflated. */
export function parityArrays(file: string): Readonly<Record<string, NpyArray>> {
  const bytes = readFileSync(join(parityFolder, file));
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const count = bytes.readUInt16LE(end + 10);
  const out: Record<string, NpyArray> = {};
  let at = bytes.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    const method = bytes.readUInt16LE(at + 10);
    const packed = bytes.readUInt32LE(at + 20);
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.subarray(at + 46, at + 46 + nameLength).toString('latin1');
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const body = bytes.subarray(start, start + packed);
    out[name.replace(/\.npy$/, '')] = parseNpy(method === 8 ? inflateRawSync(body) : body);
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return out;
}
