import type { SwapTools } from '../../src/pipeline/swap-work.ts';
import { fakeStyles, fakeTools, fakeSize, type FakeFaces } from './fake-faces.ts';

const area = fakeSize * fakeSize;

/**
 * Fake tools whose result depends on all that a run remembers: the target's style is read off its crop, so it
 * differs from key frame to key frame and is mixed by smoothing; and the generated grey follows it finely.
 * For a run with --amount 0.5: what fake sources tell does not come from the plan.
 */
export function movingFaces(faces: FakeFaces): SwapTools {
  const tools = fakeTools(faces);
  return {
    ...tools,
    openTexture: async (scope) => ({
      ...(await tools.openTexture(scope)),
      encode: (crop) => {
        let sum = 0;
        for (let i = 0; i < area; i++) sum += crop[i]!;
        return Promise.resolve(fakeStyles(sum / area));
      },
      generate: (list) =>
        Promise.resolve(
          list.map(({ codes, labels }) =>
            Float32Array.from({ length: 3 * area }, (_, i) => (codes[labels[i % area]!]! * 7919) % 1),
          ),
        ),
    }),
    readSources: async (texture, context) => {
      const entries = await tools.readSources(texture, context);
      return entries.map((entry) => ({ ...entry, amounts: entry.amounts.map((amount) => amount / 2) }));
    },
  };
}
