import { expect, test } from 'vitest';
import { hasParity } from '../../helpers/formula.ts';
import { rgiDistances } from '../../helpers/rgi-parity.ts';

// The published widths at 1024 px (fixture rgi_1024) are compared the same way by `npm run bench -- parity`: their
// weights alone are 0.7 GB.
test.skipIf(!hasParity)(
  'style vectors, codes and pictures are those of the published network at 256 px, absent regions included',
  { timeout: 600_000 },
  async () => {
    const found = await rgiDistances('rgi_256', 2);
    // Three cases of vectors, codes and picture, and one picture without noise.
    expect(found).toHaveLength(10);
    expect(found.filter(({ max, mean }) => !(max < 2e-3 && mean < 2e-4))).toEqual([]);
  },
);
