import { expect, it } from 'vitest';
import type { NetworkEntry } from '../../src/core/profile.ts';
import { detectorOf } from '../../src/nets/detector.ts';
import type { OpenedNet } from '../../src/nets/opened.ts';

const entry = (params?: NetworkEntry['params']): NetworkEntry => ({
  file: 'detector.onnx',
  sha256: '0'.repeat(64),
  bytes: 1,
  licence: 'MIT',
  nonCommercial: false,
  adapter: 'facet-detector',
  image: {
    input: 'image',
    width: 320,
    height: 192,
    layout: 'NCHW',
    channels: 'RGB',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
  ...(params ? { params } : {}),
});
const opened = (params?: NetworkEntry['params']): OpenedNet =>
  ({ net: { info: { inputs: [], outputs: [] } }, entry: entry(params) }) as unknown as OpenedNet;

it('takes the score from which on a detection counts from the manifest, else 0.5', () => {
  expect(detectorOf(opened({ minScore: 0.7 })).minScore).toBe(0.7);
  expect(detectorOf(opened()).minScore).toBe(0.5);
});
