/** Size of a trial network: channels, picture side, number of convolutions. */
export type TrialSize = { readonly channels: number; readonly side: number; readonly layers: number };

/** 20 thousand multiplications: works or not, in no time even on a software device. */
export const tinyTrial: TrialSize = { channels: 4, side: 8, layers: 2 };
/** 0.6 thousand million multiplications: some milliseconds on a good device, enough to tell a slow one. */
export const speedTrial: TrialSize = { channels: 16, side: 256, layers: 4 };

/**
 * A tiny ONNX model to try an execution provider with: `layers` 3x3 convolutions, each with ReLU.
 *
 * Shapes: `image` [1,C,S,S], `weights` [C,C,3,3] float32 → `result` [1,C,S,S]. The weights are an input, so that the
 * model is some hundred bytes. ONNX IR version 8, opset 17.
 */
export function trialGraph({ channels: c, side: s, layers }: TrialSize): Uint8Array {
  const nodes: number[] = [];
  let last = 'image';
  for (let layer = 0; layer < layers; layer++) {
    const pads = message(5, [...text(1, 'pads'), ...[1, 1, 1, 1].flatMap((p) => int(8, p)), ...int(20, 7)]);
    // NodeProto: input 1, output 2, op_type 4, attribute 5.
    const convolved = `conv${layer}`;
    nodes.push(
      ...message(1, [
        ...text(1, last),
        ...text(1, 'weights'),
        ...text(2, convolved),
        ...text(4, 'Conv'),
        ...pads,
      ]),
    );
    last = layer === layers - 1 ? 'result' : `relu${layer}`;
    nodes.push(...message(1, [...text(1, convolved), ...text(2, last), ...text(4, 'Relu')]));
  }
  // GraphProto: node 1, name 2, input 11, output 12. ModelProto: ir_version 1, graph 7, opset_import 8.
  const graph = [
    ...nodes,
    ...text(2, 'trial'),
    ...value(11, 'image', [1, c, s, s]),
    ...value(11, 'weights', [c, c, 3, 3]),
    ...value(12, 'result', [1, c, s, s]),
  ];
  return Uint8Array.from([...int(1, 8), ...message(7, graph), ...message(8, int(2, 17))]);
}

/** ValueInfoProto of a float32 tensor. */
function value(field: number, name: string, dims: readonly number[]): number[] {
  const shape = dims.flatMap((dim) => message(1, int(1, dim)));
  return message(field, [...text(1, name), ...message(2, message(1, [...int(1, 1), ...message(2, shape)]))]);
}

function text(field: number, words: string): number[] {
  return message(field, [...Buffer.from(words)]);
}

function message(field: number, content: readonly number[]): number[] {
  return [(field << 3) | 2, ...varint(content.length), ...content];
}

function int(field: number, number: number): number[] {
  return [...varint(field << 3), ...varint(number)];
}

function varint(number: number): number[] {
  const out: number[] = [];
  let rest = number;
  for (; rest > 127; rest >>>= 7) out.push((rest & 127) | 128);
  return [...out, rest];
}
