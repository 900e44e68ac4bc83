import { join } from 'node:path';
import type { NetworkEntry } from '../../src/core/profile.ts';
import { label, regionCount } from '../../src/core/regions.ts';
import { writeOnnx } from '../../src/models/write-onnx.ts';
import { GraphBuilder } from '../../src/ops/graph/graph.ts';

/** What the stand-in parser takes for what: pure colours, so that a test can paint a face. */
export const paint: Readonly<
  Record<'background' | 'skin' | 'eyes' | 'hair', readonly [number, number, number]>
> = {
  background: [0, 0, 1],
  skin: [1, 0, 0],
  eyes: [0, 1, 0],
  hair: [0, 0, 0],
};

/**
 * Writes a parser that goes by colour alone: a 1x1 convolution and a softmax. Returns its manifest entry.
 *
 * @param size side of its input
 * @param stride 2: its output has half the side, as the published parser's
 */
export async function writeColourParser(folder: string, size: number, stride = 1): Promise<NetworkEntry> {
  const g = new GraphBuilder('colour parser');
  const image = g.input('image', 'float32', [1, 3, size, size]);
  const weights = new Float32Array(regionCount * 3);
  const bias = new Float32Array(regionCount).fill(-40);
  for (const [name, colour] of Object.entries(paint)) {
    const l = label[name as keyof typeof paint];
    weights.set(
      colour.map((v) => 40 * v - 20),
      l * 3,
    );
    bias[l] = -20 * colour.reduce((sum, v) => sum + v * v, 0) + 10;
  }
  const w = g.floats('weights', weights, [regionCount, 3, 1, 1]);
  const b = g.floats('bias', bias, [regionCount]);
  const dims = [1, regionCount, size / stride, size / stride];
  const logits = g.node(
    'Conv',
    [image, w, b],
    { kernel_shape: [1, 1], strides: [stride, stride] },
    'float32',
    dims,
  );
  g.output('probabilities', g.node('Softmax', [logits], { axis: 1 }, 'float32', dims));
  const file = join(folder, `colour-parser-${size}-${stride}.onnx`);
  const [{ sha256, bytes }] = await writeOnnx(g.finish(), file);
  return {
    ...{ file, sha256, bytes, licence: 'MIT', nonCommercial: false, adapter: 'facet-parser' },
    image: {
      ...{ input: 'image', width: size, height: size, layout: 'NCHW', channels: 'RGB' },
      ...{ mean: [0, 0, 0], std: [1, 1, 1] },
    },
  };
}
