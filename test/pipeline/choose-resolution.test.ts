import { describe, expect, it } from 'vitest';
import type { NetworkEntry } from '../../src/core/profile.ts';
import { dependsOnFace, resolutionsOf, sidesAt } from '../../src/pipeline/choose-resolution.ts';
import { tinyEntry } from '../helpers/profile.ts';

const graph = (side: number) => ({ file: `/e4s/generator-${side}.onnx`, sha256: String(side), bytes: side });
const entry: NetworkEntry = {
  ...tinyEntry('e4s', 'generator'),
  params: { size: 1024, isSmall: false },
  extras: { 256: graph(256), 512: graph(512), data: graph(1) },
};

describe('the generator', () => {
  it('has its own side and those of its smaller graphs', () => {
    expect(resolutionsOf(entry)).toEqual([256, 512, 1024]);
    expect(resolutionsOf({ ...tinyEntry('mini', 'generator'), params: { size: 256 } })).toEqual([256]);
  });

  it.each([
    ['256', undefined, 256],
    ['512', 900, 512],
    ['1024', 100, 1024],
    ['auto', undefined, 1024],
    ['auto', 900, 1024],
    ['auto', 600, 1024],
    // A tenth less than the frame has is not seen.
    ['auto', 560, 512],
    ['auto', 400, 512],
    ['auto', 280, 256],
    ['auto', 120, 256],
  ] as const)('at %s makes a face of %s px with %d pixels', (wish, cropSide, side) => {
    const { generator, cropSize } = sidesAt(entry, wish, cropSide);
    expect(cropSize).toBe(side);
    expect(generator.params).toEqual({ size: side, isSmall: false });
    expect(generator.file).toBe(side === 1024 ? entry.file : graph(side).file);
  });

  const mini: NetworkEntry = { ...tinyEntry('mini', 'generator'), params: { size: 256, isSmall: true } };

  it.each([
    ['256', 900, 256],
    ['512', 100, 512],
    ['auto', undefined, 256],
    ['auto', 300, 256],
    // Twice its side for faces that have half as much again, and no more than that.
    ['auto', 360, 512],
    ['auto', 1500, 512],
  ] as const)('that is small, at %s, is enlarged for a face of %s px to %d', (wish, cropSide, side) => {
    expect(sidesAt(mini, wish, cropSide)).toEqual({ generator: mini, cropSize: side });
  });

  it('is looked for where it depends on the face: not in frames too small for a large one', () => {
    expect(dependsOnFace(entry, { width: 320, height: 180 })).toBe(true);
    expect(dependsOnFace(mini, { width: 640, height: 360 })).toBe(false);
    expect(dependsOnFace(mini, { width: 720, height: 1280 })).toBe(true);
    const large = { ...mini, params: { size: 256, isSmall: false } };
    expect(dependsOnFace(large, { width: 1920, height: 1080 })).toBe(false);
  });

  it('refuses a side that it cannot make, and says which it can', () => {
    expect(() => sidesAt(mini, '1024')).toThrow(
      expect.objectContaining({
        code: 'USAGE_BAD_VALUE',
        exitCode: 2,
        hint: 'It makes faces of 256, 512 pixels; use one of these or auto.',
      }) as Error,
    );
  });
});
