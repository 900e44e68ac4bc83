import { readFile, stat } from 'node:fs/promises';
import { defer, from, switchMap, type Observable } from 'rxjs';
import { UsageError } from '../core/errors.ts';
import type { RunEvent, Tell } from '../core/events.ts';
import type { ResolvedOptions } from '../core/options/define.ts';
import { oneRange } from '../core/options/range.ts';
import type { swapRunOptions } from '../core/options/swap-run.ts';
import type { Scope } from '../core/scope.ts';
import { markComment, xmpPacket, type OutputMark } from '../media/mark.ts';
import { planSwap, type SwapPlan } from './plan.ts';
import { RunFaces } from './run-faces.ts';
import { runVideo } from './run-video.ts';
import { swapWork, type SwapCount, type SwapTools } from './swap-work.ts';

/** What a plan is carried out with, and what to tell about it. */
export type OpenedTools = {
  readonly tools: SwapTools;
  /** Execution provider per role, with the reason where it was chosen. */
  readonly devices: Readonly<Record<string, string>>;
  /** Name and version of the profile. */
  readonly profile: string;
};

/** Opens what a plan is carried out with; with `target` where only a range of it is worked on. */
export type OpenTools = (
  plan: SwapPlan,
  about: {
    readonly env?: Readonly<Record<string, string | undefined>> | undefined;
    readonly target?: string | undefined;
    /** The video, for the size of its picture and the light of its faces. */
    readonly video?: string | undefined;
    /**
     * True: something is to be seen soon. Of what is found by looking through the video, nothing is waited for that the
     * tools' `settle` can find later.
     */
    readonly isHasty?: boolean | undefined;
    /** Hears of what takes long; and what stops it. */
    readonly tell?: Tell;
    readonly signal?: AbortSignal;
  },
) => Promise<OpenedTools>;

/** What surrounds a run. */
export type RunSurroundings = {
  readonly signal?: AbortSignal | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where networks and workers stay open after the run, for the next one. */
  readonly lasting?: Scope | undefined;
};

/** Runs a swap from file to file, with given tools. Work begins on subscription. */
export function runSwap(
  options: ResolvedOptions<typeof swapRunOptions>,
  openTools: OpenTools,
  { signal, env, lasting }: RunSurroundings = {},
): Observable<RunEvent> {
  return defer(() => from(prepare(options, openTools, env))).pipe(
    switchMap(({ plan, opened, mark }) => {
      const { codec, crf, preset, pixelFormat, audio } = options;
      const faces = new RunFaces();
      const count: SwapCount = { framesSwapped: 0, framesWithFaces: 0, faces };
      return runVideo({
        target: options.target,
        output: options.output,
        overwrite: options.overwrite,
        range: oneRange(options),
        encode: { codec, crf, preset, pixelFormat, audio },
        work: swapWork(plan, opened.tools, count),
        devices: opened.devices,
        leftOut: plan.leftOut,
        mark,
        countSwapped: () => count.framesSwapped,
        tracks: () => faces.summaries(),
        signal,
        lasting,
        ...(env ? { env } : {}),
      });
    }),
  );
}

async function prepare(
  options: ResolvedOptions<typeof swapRunOptions>,
  openTools: OpenTools,
  env: RunSurroundings['env'],
): Promise<{ plan: SwapPlan; opened: OpenedTools; mark: OutputMark }> {
  const plan = await planSwap(options);
  for (const { photos } of plan.entries) {
    for (const photo of photos) await checkNotSame(options.output, photo);
  }
  const isRange = options.range !== undefined || options.frames !== undefined;
  const opened = await openTools(plan, {
    env,
    video: options.target,
    ...(isRange ? { target: options.target } : {}),
  });
  const maker = { version: await ownVersion(), profile: opened.profile };
  return { plan, opened, mark: { comment: markComment(maker), xmp: xmpPacket(maker) } };
}

/** @throws {UsageError} when the output would replace a photo */
async function checkNotSame(output: string, photo: string): Promise<void> {
  const [there, source] = await Promise.all([
    stat(output).catch(() => undefined),
    stat(photo).catch(() => undefined),
  ]);
  if (!there || !source || there.dev !== source.dev || there.ino !== source.ino) return;
  throw new UsageError(`The output ${output} is the source photo itself.`, {
    code: 'USAGE_OUTPUT_IS_SOURCE',
    hint: 'Choose another name for the output.',
  });
}

/** facet's own version. */
export async function ownVersion(): Promise<string> {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
