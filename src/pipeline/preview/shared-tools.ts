import type { Tell } from '../../core/events.ts';
import type { Scope } from '../../core/scope.ts';
import type { SeenLight } from '../../ops/light/usual-light.ts';
import { StageTimings } from '../../stages/timings.ts';
import type { SwapEntry } from '../../stages/swap.ts';
import type { SwapPlan } from '../plan.ts';
import type { OpenTexture, SwapTools } from '../swap-work.ts';

/** Tools for several passes of one preview: networks are opened and the photos read once. */
export type SharedTools = {
  /** Begins to open the generating networks and to read the photos, for whichever pass comes first. */
  begin(): void;
  /** Finds out whether other tools do better than those that were to hand at once, and goes on with these. */
  settle(): Promise<void>;
  /** The tools for a pass that follows a plan of its own. */
  for(plan: SwapPlan): SwapTools;
};

/**
 * Shares what a run's tools open between the passes of a preview, in a scope that is closed after them.
 *
 * @param tell hears what is told about the photos
 */
export function shareTools(tools: SwapTools, lasting: Scope, tell: Tell): SharedTools {
  let shared = shareOnce(tools, lasting, tell);
  let settled: Promise<void> | undefined;
  return {
    begin() {
      shared.begin();
    },
    settle: () =>
      (settled ??= (async () => {
        const better = await tools.settle?.();
        // What was told about the photos is not told again.
        if (better) shared = shareOnce(better, lasting, () => undefined);
      })()),
    for: (plan) => shared.for(plan),
  };
}

function shareOnce(tools: SwapTools, lasting: Scope, tell: Tell): Omit<SharedTools, 'settle'> {
  let texture: Promise<OpenTexture> | undefined;
  let sources: Promise<readonly SwapEntry[]> | undefined;
  let light: Promise<readonly SeenLight[]> | undefined;
  const openTexture = (): Promise<OpenTexture> => (texture ??= tools.openTexture(lasting));
  const readSources = (): Promise<readonly SwapEntry[]> =>
    (sources ??= openTexture().then((open) =>
      tools.readSources(open, { scope: lasting, tell, timings: new StageTimings() }),
    ));
  return {
    begin() {
      // Whoever awaits them hears of a failure.
      readSources().catch(() => undefined);
    },
    for: ({ entries }) => ({
      ...tools,
      openTexture,
      readLight: tools.readLight && (() => (light ??= tools.readLight!(lasting))),
      readSources: async () => {
        const read = await readSources();
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
