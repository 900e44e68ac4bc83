import protobuf from 'protobufjs';

/**
 * The part of the ONNX format that facet writes, as messages and field numbers (onnx.proto3, IR version 8).
 * Unlisted fields keep their defaults.
 */
const messages = {
  Model: {
    irVersion: ['int64', 1],
    producerName: ['string', 2],
    producerVersion: ['string', 3],
    docString: ['string', 6],
    graph: ['Graph', 7],
    opsetImport: ['repeated Opset', 8],
    metadataProps: ['repeated Entry', 14],
  },
  Opset: { domain: ['string', 1], version: ['int64', 2] },
  Entry: { key: ['string', 1], value: ['string', 2] },
  Graph: {
    node: ['repeated Node', 1],
    name: ['string', 2],
    initializer: ['repeated Tensor', 5],
    input: ['repeated ValueInfo', 11],
    output: ['repeated ValueInfo', 12],
  },
  Node: {
    input: ['repeated string', 1],
    output: ['repeated string', 2],
    name: ['string', 3],
    opType: ['string', 4],
    attribute: ['repeated Attribute', 5],
    domain: ['string', 7],
  },
  Attribute: {
    name: ['string', 1],
    f: ['float', 2],
    i: ['int64', 3],
    s: ['bytes', 4],
    floats: ['repeated float', 7],
    ints: ['repeated int64', 8],
    type: ['int32', 20],
  },
  Tensor: {
    dims: ['repeated int64', 1],
    dataType: ['int32', 2],
    name: ['string', 8],
    rawData: ['bytes', 9],
    externalData: ['repeated Entry', 13],
    dataLocation: ['int32', 14],
  },
  ValueInfo: { name: ['string', 1], type: ['Type', 2] },
  Type: { tensorType: ['TensorType', 1] },
  TensorType: { elemType: ['int32', 1], shape: ['Shape', 2] },
  Shape: { dim: ['repeated Dimension', 1] },
  Dimension: { dimValue: ['int64', 1], dimParam: ['string', 2] },
} as const satisfies Record<string, Record<string, readonly [string, number]>>;

/** Codes of tensor element types. */
export const elementType = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10 } as const;
export type ElementType = keyof typeof elementType;

/** Codes of attribute kinds. */
export const attributeKind = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(messages).map(([name, fields]) => [
      name,
      {
        fields: Object.fromEntries(
          Object.entries(fields as Record<string, readonly [string, number]>).map(([field, [type, id]]) => {
            const [first = '', second] = type.split(' ');
            return [field, second ? { rule: 'repeated', type: second, id } : { type: first, id }];
          }),
        ),
      },
    ]),
  ),
});

const modelType = root.lookupType('Model');

/** The bytes of a model given as plain objects with the field names above. */
export function encodeModel(model: Readonly<Record<string, unknown>>): Uint8Array {
  return modelType.encode(modelType.fromObject(model)).finish();
}

/** The plain objects of a model's bytes (for tests and for looking into a file). */
export function decodeModel(bytes: Uint8Array): Record<string, unknown> {
  return modelType.toObject(modelType.decode(bytes), { longs: Number });
}
