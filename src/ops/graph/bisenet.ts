import type { Weights } from '../../core/weights.ts';
import { conv, nchw } from './convolutions.ts';
import { GraphBuilder, type OnnxGraph, type Value } from './graph.ts';
import {
  add,
  cast,
  concat,
  gather,
  matmul,
  mul,
  reduceMean,
  relu,
  reshape,
  resizeNearest,
  sigmoid,
  sub,
} from './nodes.ts';
import { requireTensor } from './rgi-shape.ts';

/** Region of each of the network's 19 classes (79999_iter.pth; E4S b.2). Necklace, cloth and hat are background. */
export const bisenetRegions = [0, 6, 2, 2, 3, 3, 10, 7, 7, 11, 5, 9, 1, 1, 8, 0, 0, 4, 0] as const;

const classes = bisenetRegions.length;
const regions = 12;
/** Side of the published network's input in pixels. */
const published = 512;
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
/** Cubic kernel (a = -0.5) stretched for a reduction by two. */
const reduction = [
  -0.01171875, -0.03515625, 0.11328125, 0.43359375, 0.43359375, 0.11328125, -0.03515625, -0.01171875,
];

export type BisenetOptions = {
  /**
   * `crop`: an aligned crop [1,3,1024,1024] RGB 0…1, reduced and normalised inside as published (default).
   * `network`: the network's own input [1,3,512,512], fed as it is; then `logits` [1,19,512,512] come out too.
   */
  readonly input?: 'crop' | 'network';
  /** Side S of the network's input in pixels, a multiple of 32; the published 512 when left out. Tests make small ones. */
  readonly side?: number;
};

/**
 * The parser's graph: BiSeNet with a ResNet-18 context path (E4S e), batch norms folded into the convolutions.
 *
 * Outputs: `probabilities` [1,12,512,512], softmax of the 19 classes added up by region; `labels` uint8
 * [1,512,512], the region of the likeliest class, as published. Fixtures: bisenet, parser_preprocess.
 */
export function bisenetParser(weights: Weights, options: BisenetOptions = {}): OnnxGraph {
  const isCrop = (options.input ?? 'crop') === 'crop';
  const side = options.side ?? published;
  const g = new GraphBuilder('bisenet');
  const net: Net = { g, weights };
  const image = g.input('image', 'float32', isCrop ? [1, 3, 2 * side, 2 * side] : [1, 3, side, side]);
  const x = isCrop ? g.scoped('preprocess', () => preprocess(g, image)) : image;
  const [feat8, feat16, feat32] = resnet18(net, x);
  const pooled = block(net, reduceMean(g, feat32, [2, 3]), 'cp.conv_avg', 512, 128, 1);
  let y = add(g, attend(net, feat32, 'cp.arm32', 512), pooled);
  y = block(net, resizeNearest(g, y, side / 16, side / 16), 'cp.conv_head32', 128, 128, 3);
  y = add(g, attend(net, feat16, 'cp.arm16', 256), y);
  y = block(net, resizeNearest(g, y, side / 8, side / 8), 'cp.conv_head16', 128, 128, 3);
  const fused = block(net, concat(g, [feat8, y], 1), 'ffm.convblk', 256, 256, 1);
  let gate = relu(g, plain(net, reduceMean(g, fused, [2, 3]), 'ffm.conv1', 256, 64));
  gate = sigmoid(g, plain(net, gate, 'ffm.conv2', 64, 256));
  y = block(net, add(g, mul(g, fused, gate), fused), 'conv_out.conv', 256, 256, 3);
  const logits = upsample(g, plain(net, y, 'conv_out.conv_out', 256, classes), side);
  g.output('probabilities', regionProbabilities(g, logits));
  const best = g.node('ArgMax', [logits], { axis: 1, keepdims: 0 }, 'int64', [1, side, side]);
  g.output('labels', cast(g, gather(g, g.integers(bisenetRegions), best, 0), 'uint8'));
  if (!isCrop) g.output('logits', logits);
  return g.finish();
}

/** The pre-processing alone, for its fixture: `image` [1,3,1024,1024] RGB 0…1 -> `input` [1,3,512,512]. */
export function bisenetPreprocessing(): OnnxGraph {
  const g = new GraphBuilder('bisenet-preprocessing');
  g.output('input', preprocess(g, g.input('image', 'float32', [1, 3, 2 * published, 2 * published])));
  return g.finish();
}

type Net = { readonly g: GraphBuilder; readonly weights: Weights };

/** Separable reduction by two with mirrored borders, vertical first, clamp, ImageNet statistics. */
function preprocess(g: GraphBuilder, image: Value): Value {
  const taps = Float32Array.from({ length: 24 }, (_, i) => reduction[i % 8]!);
  const mirrored = (x: Value, axis: 2 | 3): Value => {
    const pads = [0, 0, axis === 2 ? 3 : 0, axis === 3 ? 3 : 0];
    const dims = nchw(x).map((size, i) => size + 2 * pads[i]!);
    return g.node('Pad', [x, g.integers([...pads, ...pads])], { mode: 'reflect' }, 'float32', dims);
  };
  let x = conv(g, mirrored(image, 2), g.floats('vertical', taps, [3, 1, 8, 1]), { stride: [2, 1], group: 3 });
  x = conv(g, mirrored(x, 3), g.floats('horizontal', taps, [3, 1, 1, 8]), { stride: [1, 2], group: 3 });
  const bound = (value: number): Value => g.floats('bound', new Float32Array([value]), []);
  x = g.node('Clip', [x, bound(0), bound(1)], {}, 'float32', x.dims);
  x = sub(g, x, g.floats('mean', Float32Array.from(imagenet.mean), [1, 3, 1, 1]));
  return mul(
    g,
    x,
    g.floats(
      'scale',
      Float32Array.from(imagenet.std, (std) => 1 / std),
      [1, 3, 1, 1],
    ),
  );
}

/** Features at an eighth, a sixteenth and a thirty-second of the input: 128, 256 and 512 channels. */
function resnet18(net: Net, image: Value): readonly [Value, Value, Value] {
  const { g } = net;
  let x = relu(g, normed(net, image, 'cp.resnet.conv1', 'cp.resnet.bn1', 3, 64, 7, 2));
  const [, , h, w] = nchw(x);
  const attributes = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] };
  x = g.node('MaxPool', [x], attributes, 'float32', [1, 64, h / 2, w / 2]);
  const features: Value[] = [];
  for (const [level, channels] of [64, 128, 256, 512].entries()) {
    for (const index of [0, 1]) {
      const key = `cp.resnet.layer${level + 1}.${index}`;
      const inner = nchw(x)[1];
      const stride = level > 0 && index === 0 ? 2 : 1;
      let y = relu(g, normed(net, x, `${key}.conv1`, `${key}.bn1`, inner, channels, 3, stride));
      y = normed(net, y, `${key}.conv2`, `${key}.bn2`, channels, channels, 3, 1);
      const hasShortcut = inner !== channels || stride !== 1;
      const shortcut = hasShortcut
        ? normed(net, x, `${key}.downsample.0`, `${key}.downsample.1`, inner, channels, 1, stride)
        : x;
      x = relu(g, add(g, y, shortcut));
    }
    features.push(x);
  }
  return [features[1]!, features[2]!, features[3]!];
}

/** Attention refinement: a 3x3 block times a gate from its own mean. */
function attend(net: Net, x: Value, key: string, inner: number): Value {
  const { g } = net;
  const feature = block(net, x, `${key}.conv`, inner, 128, 3);
  const mean = reduceMean(g, feature, [2, 3]);
  return mul(
    g,
    feature,
    sigmoid(g, normed(net, mean, `${key}.conv_atten`, `${key}.bn_atten`, 128, 128, 1, 1)),
  );
}

/** Convolution, batch norm, ReLU. */
function block(net: Net, x: Value, key: string, inner: number, outer: number, kernel: number): Value {
  return relu(net.g, normed(net, x, `${key}.conv`, `${key}.bn`, inner, outer, kernel, 1));
}

/** 1x1 convolution without bias. */
function plain({ g, weights }: Net, x: Value, key: string, inner: number, outer: number): Value {
  const dims = [outer, inner, 1, 1];
  return conv(g, x, g.floats(`${key}.weight`, requireTensor(weights, `${key}.weight`, dims), dims));
}

/** Convolution with the batch norm that follows it (eps 1e-5, running statistics) folded in. */
function normed(
  { g, weights }: Net,
  x: Value,
  key: string,
  norm: string,
  inner: number,
  outer: number,
  kernel: number,
  stride: number,
): Value {
  const dims = [outer, inner, kernel, kernel];
  const weight = requireTensor(weights, `${key}.weight`, dims);
  const read = (name: string): Float32Array => requireTensor(weights, `${norm}.${name}`, [outer]);
  const [gamma, beta, mean, variance] = [
    read('weight'),
    read('bias'),
    read('running_mean'),
    read('running_var'),
  ];
  const scale = gamma.map((value, o) => value / Math.sqrt(variance[o]! + 1e-5));
  const size = inner * kernel * kernel;
  const folded = weight.map((value, i) => value * scale[Math.floor(i / size)]!);
  const bias = g.floats(
    `${key}.bias`,
    beta.map((value, o) => value - mean[o]! * scale[o]!),
    [outer],
  );
  return conv(g, x, g.floats(`${key}.weight`, folded, dims), { stride, pad: (kernel - 1) / 2, bias });
}

/** Bilinear, corners aligned: [1,19,S/8,S/8] -> [1,19,S,S]. */
function upsample(g: GraphBuilder, x: Value, side: number): Value {
  const dims = [1, classes, side, side];
  const attributes = { mode: 'linear', coordinate_transformation_mode: 'align_corners' };
  return g.node('Resize', [x, undefined, undefined, g.integers(dims)], attributes, 'float32', dims);
}

/** Softmax over the classes, added up by region: [1,19,S,S] -> [1,12,S,S]. */
function regionProbabilities(g: GraphBuilder, logits: Value): Value {
  const softmax = g.node('Softmax', [logits], { axis: 1 }, 'float32', logits.dims);
  const fold = new Float32Array(regions * classes);
  bisenetRegions.forEach((region, index) => (fold[region * classes + index] = 1));
  const [, , side] = nchw(logits);
  const flat = reshape(g, softmax, [classes, side * side]);
  return reshape(g, matmul(g, g.floats('fold', fold, [regions, classes]), flat), [1, regions, side, side]);
}
