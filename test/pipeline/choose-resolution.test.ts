import { describe, expect, it } from 'vitest';
import type { NetworkEntry } from '../../src/core/profile.ts';
import { generatorAt, resolutionsOf } from '../../src/pipeline/choose-resolution.ts';
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
    const chosen = generatorAt(entry, wish, cropSide);
    expect(chosen.params).toEqual({ size: side, isSmall: false });
    expect(chosen.file).toBe(side === 1024 ? entry.file : graph(side).file);
  });

  it('refuses a side that it cannot make, and says which it can', () => {
    const mini = { ...tinyEntry('mini', 'generator'), params: { size: 256 } };
    expect(() => generatorAt(mini, '512')).toThrow(
      expect.objectContaining({
        code: 'USAGE_BAD_VALUE',
        exitCode: 2,
        hint: 'Its generator makes pictures of 256 pixels; use one of these or auto.',
      }) as Error,
    );
    expect(generatorAt(mini, 'auto', 100)).toBe(mini);
  });
});
