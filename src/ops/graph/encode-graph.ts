import { attributeMessage, opset, type Constant, type OnnxGraph, type Value } from './graph.ts';
import { halfFromFloat } from './half.ts';
import { elementType, encodeModel } from './onnx-proto.ts';

export type EncodeOptions = {
  /**
   * Store large float constants as halves, widened by a Cast when the session is made: half the file, the same
   * arithmetic, weights rounded to 11 bits.
   */
  readonly fp16?: boolean;
  /** Put constants into a second file of this name beside the model. */
  readonly externalFile?: string;
  readonly metadata?: Readonly<Record<string, string>>;
};

export type EncodedGraph = {
  readonly model: Uint8Array;
  /** Contents of the external file, in order. Empty without `externalFile`. */
  readonly external: readonly Uint8Array[];
};

/** Constants with fewer elements stay in the model, unrounded. */
const smallCount = 1024;
/** External data begins at multiples of this, so that it can be mapped. */
const alignment = 4096;

/** Bytes of all constants as they are stored in float32. */
export function constantBytes(graph: OnnxGraph): number {
  return graph.constants.reduce((sum, constant) => sum + constant.data.length, 0);
}

/** The ONNX file(s) of a graph. */
export function encodeGraph(graph: OnnxGraph, options: EncodeOptions = {}): EncodedGraph {
  const external: Uint8Array[] = [];
  let offset = 0;
  const casts: Record<string, unknown>[] = [];
  const initializer = graph.constants.map((constant) => {
    const isLarge = constant.type === 'float32' && constant.data.length >= 4 * smallCount;
    const isHalf = isLarge && options.fp16 === true;
    const name = isHalf ? `${constant.name}/half` : constant.name;
    const data = isHalf ? halves(constant) : constant.data;
    if (isHalf) {
      casts.push({
        input: [name],
        output: [constant.name],
        name: constant.name,
        opType: 'Cast',
        attribute: [attributeMessage('to', elementType.float32)],
      });
    }
    const head = { name, dims: constant.dims, dataType: elementType[isHalf ? 'float16' : constant.type] };
    if (!isLarge || options.externalFile === undefined) return { ...head, rawData: data };
    const padding = (alignment - (offset % alignment)) % alignment;
    if (padding > 0) external.push(new Uint8Array(padding));
    external.push(data);
    const at = offset + padding;
    offset = at + data.length;
    const location = { location: options.externalFile, offset: String(at), length: String(data.length) };
    return { ...head, dataLocation: 1, externalData: entries(location) };
  });
  const node = graph.nodes.map((item) => ({
    input: item.inputs,
    output: [item.output],
    name: item.output,
    opType: item.op,
    attribute: Object.entries(item.attributes).map(([name, value]) => attributeMessage(name, value)),
  }));
  const model = encodeModel({
    irVersion: 8,
    producerName: 'facet',
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: entries(options.metadata ?? {}),
    graph: {
      name: graph.name,
      node: [...casts, ...node],
      initializer,
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
    },
  });
  return { model, external };
}

function valueInfo({ name, type, dims }: Value): Record<string, unknown> {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementType[type], shape: { dim } } } };
}

function entries(record: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

function halves({ data }: Constant): Uint8Array {
  const floats = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const result = new Uint16Array(floats.length);
  for (let i = 0; i < floats.length; i++) result[i] = halfFromFloat(floats[i]!);
  return new Uint8Array(result.buffer);
}
