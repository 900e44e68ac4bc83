import { expect, test } from 'vitest';
import { bisenetParser, bisenetPreprocessing, bisenetRegions } from '../../../src/ops/graph/bisenet.ts';
import {
  formulaImage,
  formulaWeights,
  hasParity,
  readFixture,
  readNpy,
  type Fixture,
} from '../../helpers/formula.ts';
import { difference, runGraph } from '../../helpers/session.ts';

/** The network at every 8th pixel, and its labels everywhere. */
test.skipIf(!hasParity)('BiSeNet agrees with the published network', async () => {
  const fixture: Fixture = readFixture('bisenet');
  const weights = formulaWeights(fixture);
  const image = { data: formulaImage('bisenet/image', 512, 512), dims: [1, 3, 512, 512] };
  const { logits, labels, probabilities } = (await runGraph(bisenetParser(weights, { input: 'network' }), {
    image,
  })) as { logits: number[]; labels: number[]; probabilities: number[] };
  const picked: number[] = [];
  for (let c = 0; c < 19; c++) {
    for (let y = 4; y < 512; y += 8)
      for (let x = 4; x < 512; x += 8) picked.push(logits[(c * 512 + y) * 512 + x]!);
  }
  expect(difference(picked, readNpy('bisenet_logits.npy')).max).toBeLessThan(2e-3);
  const expected = readNpy('bisenet_argmax.npy');
  let same = 0;
  for (let i = 0; i < expected.length; i++) if (labels[i] === bisenetRegions[expected[i] as 0]) same++;
  expect(same / expected.length).toBeGreaterThan(0.999);
  // Probabilities of the twelve regions add up to one.
  for (const at of [0, 1234, 512 * 512 - 1]) {
    let sum = 0;
    for (let r = 0; r < 12; r++) sum += probabilities[r * 512 * 512 + at]!;
    expect(sum).toBeCloseTo(1, 5);
  }
});

test.skipIf(!hasParity)('its pre-processing agrees with the published one, borders too', async () => {
  const image = formulaImage('parser/image', 1024, 1024);
  // The fixture's picture has 8 bits: truncated levels.
  for (let i = 0; i < image.length; i++)
    image[i] = Math.trunc(Math.fround(Math.fround(image[i]! + 1) * 127.5)) / 255;
  const { input } = (await runGraph(bisenetPreprocessing(), {
    image: { data: image, dims: [1, 3, 1024, 1024] },
  })) as {
    input: number[];
  };
  const at = (c: number, y: number, x: number): number => input[(c * 512 + y) * 512 + x]!;
  const picked: number[] = [];
  for (let c = 0; c < 3; c++) {
    for (let y = 1; y < 512; y += 4) for (let x = 2; x < 512; x += 4) picked.push(at(c, y, x));
  }
  // The same sums in float32, in another order; values up to 2.6.
  expect(difference(picked, readNpy('parser_input.npy')).max).toBeLessThan(2e-5);
  const border: number[] = [];
  for (const [y, x] of [[0], [511], [undefined, 0], [undefined, 511]]) {
    for (let c = 0; c < 3; c++) for (let i = 0; i < 512; i++) border.push(at(c, y ?? i, x ?? i));
  }
  expect(difference(border, readNpy('parser_input_border.npy')).max).toBeLessThan(2e-5);
});
