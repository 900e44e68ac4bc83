import { expect, test } from 'vitest';
import { conv } from '../../../src/ops/graph/convolutions.ts';
import { GraphBuilder } from '../../../src/ops/graph/graph.ts';
import { convWinograd } from '../../../src/ops/graph/winograd.ts';
import { stream } from '../../helpers/formula.ts';
import { difference, runGraph } from '../../helpers/session.ts';

test.each([
  [3, 5, 4, 4],
  [16, 8, 6, 10],
  [2, 2, 2, 2],
])('equals the direct convolution: %i to %i channels, %ix%i', async (c, o, h, w) => {
  const weight = stream('weight', 9 * c * o);
  const x = { data: stream('x', c * h * w), dims: [1, c, h, w] };
  const fast = new GraphBuilder('fast');
  const input = fast.input('x', 'float32', [1, c, h, w]);
  fast.output('y', convWinograd(fast, input, weight, o));
  const direct = new GraphBuilder('direct');
  const kernel = new Float32Array(weight.length);
  for (let i = 0; i < kernel.length; i++) {
    kernel[i] = weight[((i % 9) * c + (Math.floor(i / 9) % c)) * o + Math.floor(i / (9 * c))]!;
  }
  const same = direct.input('x', 'float32', [1, c, h, w]);
  direct.output('y', conv(direct, same, direct.floats('weight', kernel, [o, c, 3, 3]), { pad: 1 }));
  const [found, expected] = [await runGraph(fast.finish(), { x }), await runGraph(direct.finish(), { x })];
  // Sums of up to 144 products of numbers below 1, with a few additions more.
  expect(difference(found['y']!, expected['y']!).max).toBeLessThan(1e-5);
});
