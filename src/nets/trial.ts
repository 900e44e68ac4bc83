import { performance } from 'node:perf_hooks';
import { listedProviders, SessionHost } from './host.ts';
import { speedTrial, tinyTrial, trialGraph, type TrialSize } from './trial-graph.ts';

/** What a trial says, one after the other as far as it comes. */
export type TrialMessage =
  | { readonly step: 'listed'; readonly listed: readonly string[] }
  | { readonly step: 'failed'; readonly reason: string }
  | { readonly step: 'works' }
  | { readonly step: 'timed'; readonly milliseconds: number; readonly cpuMilliseconds: number };

/**
 * Tries an execution provider: is it in this build, does it run a tiny network alone and with the processor's
 * numbers, and, with `isTimed`, how long does a larger one take on both. Runs in a process of its own: graphics
 * drivers may crash or print.
 */
export async function trial(
  provider: string,
  isTimed: boolean,
  tell: (message: TrialMessage) => Promise<void>,
): Promise<void> {
  const listed = listedProviders();
  await tell({ step: 'listed', listed });
  if (!listed.includes(provider)) return;
  try {
    const [expected] = await compute('cpu', tinyTrial, 1);
    const [found] = await compute(provider, tinyTrial, 1);
    const error = Math.max(...expected.map((value, i) => Math.abs(value - found[i]!)));
    if (!(error < 1e-2)) throw new Error(`it computes wrong numbers (off by ${error.toPrecision(2)})`);
  } catch (error) {
    await tell({ step: 'failed', reason: error instanceof Error ? error.message : String(error) });
    return;
  }
  await tell({ step: 'works' });
  if (!isTimed) return;
  const [, cpuMilliseconds] = await compute('cpu', speedTrial, 3);
  const [, milliseconds] = provider === 'cpu' ? [0, cpuMilliseconds] : await compute(provider, speedTrial, 4);
  await tell({ step: 'timed', milliseconds, cpuMilliseconds });
}

/** The result and the shortest of some runs, in milliseconds. */
async function compute(
  provider: string,
  size: TrialSize,
  runs: number,
): Promise<readonly [Float32Array, number]> {
  const { channels: c, side: s } = size;
  const isWhole = provider !== 'cpu';
  const host = await SessionHost.open({ file: trialGraph(size), provider, threads: 0, isWhole });
  const feeds = {
    image: { data: Float32Array.from({ length: c * s * s }, (_, i) => (i % 7) / 7), dims: [1, c, s, s] },
    weights: {
      data: Float32Array.from({ length: c * c * 9 }, (_, i) => ((i % 5) - 1) / 16),
      dims: [c, c, 3, 3],
    },
  };
  let shortest = Infinity;
  let result = new Float32Array();
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    const outputs = await host.run(feeds);
    shortest = Math.min(shortest, performance.now() - start);
    result = outputs['result']!.data as typeof result;
  }
  await host.close();
  return [result, shortest];
}
