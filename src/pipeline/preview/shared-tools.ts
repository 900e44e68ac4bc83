import type { Scope } from '../../core/scope.ts';
import type { SwapEntry } from '../../stages/swap.ts';
import type { SwapPlan } from '../plan.ts';
import type { OpenTexture, SwapTools } from '../swap-work.ts';

/** Tools for several passes of one preview: the generating networks are opened and the photos read once. */
export type SharedTools = {
  /** The tools for a pass that follows a plan of its own. */
  for(plan: SwapPlan): SwapTools;
};

/** Shares what a run's tools open between the passes of a preview, in the preview's scope. */
export function shareTools(tools: SwapTools, scope: Scope): SharedTools {
  let texture: Promise<OpenTexture> | undefined;
  let sources: Promise<readonly SwapEntry[]> | undefined;
  return {
    for: ({ entries }) => ({
      ...tools,
      openTexture: () => (texture ??= tools.openTexture(scope)),
      readSources: async (open, context) => {
        const read = await (sources ??= tools.readSources(open, context));
        // What the photos tell is the same; how much of it is taken is the pass's own.
        return read.map((entry, i) => ({
          ...entry,
          amounts: entries[i]?.amounts ?? entry.amounts,
          shape: entries[i]?.shape ?? entry.shape,
        }));
      },
    }),
  };
}
