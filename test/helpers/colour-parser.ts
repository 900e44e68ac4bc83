import { join } from 'node:path';
import type { NetworkEntry } from '../../src/core/profile.ts';
import { label, regionCount } from '../../src/core/regions.ts';
import { writeOnnx } from '../../src/models/write-onnx.ts';
import { GraphBuilder } from '../../src/ops/graph/graph.ts';

/** What the stand-in parser takes for what: pure colours, so that a test can paint a face. */
export const paint: Readonly<
  Record<'background' | 'skin' | 'eyes' | 'hair' | 'belowface', readonly [number, number, number]>
> = {
  background: [0, 0, 1],
  skin: [1, 0, 0],
  eyes: [0, 1, 0],
  hair: [0, 0, 0],
  belowface: [1, 1, 0],
};

/**
 * Writes a parser that goes by colour alone: a 1x1 convolution and a softmax. Returns its manifest entry.
 *
 * @param size side of its input
 * @param stride 2: its output has half the side, as the published parser's
 * @param below share of a crop's side that it reads below the crop; only such a one knows necks
 */
export async function writeColourParser(
  folder: string,
  size: number,
  stride = 1,
  below = 0,
): Promise<NetworkEntry> {
  const g = new GraphBuilder('colour parser');
  const rows = size * (1 + below);
  const image = g.input('image', 'float32', [1, 3, rows, size]);
  const weights = new Float32Array(regionCount * 3);
  const bias = new Float32Array(regionCount).fill(-40);
  for (const [name, colour] of Object.entries(paint)) {
    const l = label[name as keyof typeof paint];
    if (l === label.belowface && below === 0) continue;
    weights.set(
      colour.map((v) => 40 * v - 20),
      l * 3,
    );
    bias[l] = -20 * colour.reduce((sum, v) => sum + v * v, 0) + 10;
  }
  const w = g.floats('weights', weights, [regionCount, 3, 1, 1]);
  const b = g.floats('bias', bias, [regionCount]);
  const dims = [1, regionCount, rows / stride, size / stride];
  const logits = g.node(
    'Conv',
    [image, w, b],
    { kernel_shape: [1, 1], strides: [stride, stride] },
    'float32',
    dims,
  );
  g.output('probabilities', g.node('Softmax', [logits], { axis: 1 }, 'float32', dims));
  const file = join(folder, `colour-parser-${size}-${stride}-${below}.onnx`);
  const [{ sha256, bytes }] = await writeOnnx(g.finish(), file);
  return {
    ...{ file, sha256, bytes, licence: 'MIT', nonCommercial: false, adapter: 'facet-parser' },
    ...(below > 0 ? { params: { below } } : {}),
    image: {
      ...{ input: 'image', width: size, height: size, layout: 'NCHW', channels: 'RGB' },
      ...{ mean: [0, 0, 0], std: [1, 1, 1] },
    },
  };
}
