import { floatFromBfloat16, floatFromHalf } from '../ops/graph/half.ts';

/** Bytes of one element, by type of weights files. */
export const elementBytes = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
} as const;

export type StoredType = keyof typeof elementBytes;

/** Little-endian elements as float32, in memory of their own. */
export function decodeFloats(bytes: Uint8Array, type: StoredType): Float32Array {
  const result = new Float32Array(bytes.length / elementBytes[type]);
  // Every machine that onnxruntime-node runs on is little-endian.
  if (type === 'float32') {
    new Uint8Array(result.buffer).set(bytes);
    return result;
  }
  const at = elementReader(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), type);
  for (let i = 0; i < result.length; i++) result[i] = at(i);
  return result;
}

function elementReader(view: DataView, type: StoredType): (i: number) => number {
  switch (type) {
    case 'float64':
      return (i) => view.getFloat64(8 * i, true);
    case 'float32':
      return (i) => view.getFloat32(4 * i, true);
    case 'float16':
      return (i) => floatFromHalf(view.getUint16(2 * i, true));
    case 'bfloat16':
      return (i) => floatFromBfloat16(view.getUint16(2 * i, true));
    case 'int64':
      return (i) => Number(view.getBigInt64(8 * i, true));
    case 'int32':
      return (i) => view.getInt32(4 * i, true);
    case 'int16':
      return (i) => view.getInt16(2 * i, true);
    case 'int8':
      return (i) => view.getInt8(i);
    case 'uint8':
    case 'bool':
      return (i) => view.getUint8(i);
  }
}
