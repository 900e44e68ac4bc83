import { hasParity } from '../test/helpers/formula.ts';
import { rgiDistances } from '../test/helpers/rgi-parity.ts';
import type { Bench } from './bench.ts';

/** The RGI networks against the published ones' numbers: all cases of both fixtures. Needs about 3 GB of memory. */
export const bench: Bench = {
  name: 'parity',
  what: 'RGI networks of published width: largest and mean difference from the published outputs',
  async run(say) {
    if (!hasParity) throw new Error('needs ../shared/reference/parity');
    const figures: Record<string, unknown> = { bar: 'max <= 2e-3, mean <= 2e-4' };
    let worst = { max: 0, mean: 0 };
    for (const fixture of ['rgi_256', 'rgi_1024']) {
      for (const { output, max, mean } of await rgiDistances(fixture, 2)) {
        say(`${output}: max ${max.toExponential(1)}, mean ${mean.toExponential(1)}`);
        figures[output] = { max, mean };
        worst = { max: Math.max(worst.max, max), mean: Math.max(worst.mean, mean) };
      }
    }
    return { ...figures, ...worst, isWithin: worst.max <= 2e-3 && worst.mean <= 2e-4 };
  },
};
