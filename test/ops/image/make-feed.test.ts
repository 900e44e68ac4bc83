import { describe, expect, it } from 'vitest';
import { frameLayout } from '../../../src/core/frame.ts';
import { feedImage, makeFeed } from '../../../src/ops/image/make-feed.ts';

const rgb = () => Float32Array.of(1, 2, 3, 4, 5, 6);
const plain = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

describe('feedImage', () => {
  it('orders channels and axes', () => {
    const feed = (channels: 'RGB' | 'BGR', layout: 'NCHW' | 'NHWC') => [
      ...feedImage(rgb(), { ...plain, channels, layout }),
    ];
    expect(feed('RGB', 'NCHW')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(feed('BGR', 'NCHW')).toEqual([5, 6, 3, 4, 1, 2]);
    expect(feed('RGB', 'NHWC')).toEqual([1, 3, 5, 2, 4, 6]);
    expect(feed('BGR', 'NHWC')).toEqual([5, 3, 1, 6, 4, 2]);
  });

  it("takes mean and deviation in the network's channel order", () => {
    const mean = [1, 2, 3] as const;
    const std = [1, 2, 4] as const;
    const bgr = feedImage(rgb(), { mean, std, channels: 'BGR', layout: 'NCHW' });
    expect([...bgr]).toEqual([4, 5, 0.5, 1, -0.5, -0.25]);
  });
});

describe('makeFeed', () => {
  it('uses the memory it is given, and clamps colours', () => {
    const layout = frameLayout('yuv420p', 4, 4);
    const data = new Uint8Array(layout.bytes).fill(255);
    const out = new Float32Array(12);
    const made = makeFeed({
      planes: { data, layout, color: { matrix: 'bt709', range: 'limited' } },
      frameFromCrop: Float64Array.of(2, 0, 0, 0, 2, 0, 0, 0, 1),
      width: 2,
      height: 2,
      feed: { ...plain, channels: 'RGB', layout: 'NCHW' },
      out,
    });
    expect(made).toBe(out);
    expect(Math.max(...made)).toBe(1);
    expect(Math.min(...made)).toBeGreaterThanOrEqual(0);
  });
});
