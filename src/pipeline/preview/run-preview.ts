import { join } from 'node:path';
import { Observable, tap } from 'rxjs';
import { InterruptedError } from '../../core/errors.ts';
import type { Tell as RunTell } from '../../core/events.ts';
import type { PreviewEvent } from '../../core/preview-events.ts';
import { Scope } from '../../core/scope.ts';
import { toNumber } from '../../core/rational.ts';
import { markComment, xmpPacket } from '../../media/mark.ts';
import { contactSheet } from '../../media/picture-file.ts';
import { tellingMoments, type Sample } from '../../ops/preview/telling-moments.ts';
import type { StageContext } from '../../stages/define-stage.ts';
import { inScope } from '../../stages/in-scope.ts';
import { StageTimings } from '../../stages/timings.ts';
import { planRead, type ReadPlan } from '../plan-video.ts';
import { planSwap, type SwapPlan } from '../plan.ts';
import { progressMeter } from '../progress-meter.ts';
import { ownVersion, type OpenedTools, type OpenTools, type RunSurroundings } from '../run-swap.ts';
import { reachOf, type SwapCount } from '../swap-work.ts';
import { planClip, type Clip } from './clip.ts';
import { clipReport } from './clip-report.ts';
import { previewCommands } from './commands.ts';
import { compareVariants, planComparison, type PlannedComparison } from './compare.ts';
import { drain } from './drain.ts';
import { estimate } from './estimate.ts';
import { previewPage } from './page/page.ts';
import {
  checkAsk,
  previewAsk,
  secondsOf,
  stillsOf,
  type PreviewAsk,
  type PreviewOptions,
} from './plan-preview.ts';
import { openPreviewFolder, type PreviewFolder } from './preview-folder.ts';
import { previewFrames } from './preview-frames.ts';
import { previewPass, type PreviewFrame } from './preview-pass.ts';
import type { ComparisonReport, PreviewReport } from './report.ts';
import { planScan } from '../scan-frames.ts';
import { scan } from './scan.ts';
import { shareTools, type SharedTools } from './shared-tools.ts';
import type { ShowFacts } from './still.ts';
import { StillKeeper, type StillAsk } from './still-keeper.ts';
import { TrackThumbnails } from './track-thumbnails.ts';
import { draftReach, workSpans } from './work-spans.ts';

/** Frames before the first wanted one from which on a first look is worth its while. */
const longWait = 24;

type Tell = (event: PreviewEvent) => void;

/**
 * Makes a preview in a folder: stills, contact sheet, clip, label maps, faces and one page. Work begins on
 * subscription; when it is stopped or fails, what was written is removed again.
 */
export function runPreview(
  options: PreviewOptions,
  openTools: OpenTools,
  { signal, env = process.env }: RunSurroundings = {},
): Observable<PreviewEvent> {
  return inScope(
    (scope) =>
      new Observable<PreviewEvent>((subscriber) => {
        const stop = new AbortController();
        const tell: Tell = (event) => {
          subscriber.next(event);
        };
        new Preview({ options, scope, stop, tell, env }).make(openTools).then(
          () => {
            subscriber.complete();
          },
          (error: unknown) => {
            subscriber.error(error);
          },
        );
        return () => {
          stop.abort(new InterruptedError());
        };
      }),
    signal,
  );
}

/** What every step of a preview works with, once the plan is made. */
type Ready = {
  readonly plan: SwapPlan;
  readonly comparisons: readonly PlannedComparison[];
  readonly opened: OpenedTools;
  readonly tools: SharedTools;
  readonly read: ReadPlan;
  readonly folder: PreviewFolder;
  readonly show: ShowFacts;
};

/** One preview in the making. */
class Preview {
  readonly #options: PreviewOptions;
  readonly #scope: Scope;
  readonly #stop: AbortController;
  readonly #tell: Tell;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #startedAt = performance.now();
  readonly #timings = new StageTimings();
  readonly #count: SwapCount = { framesSwapped: 0, framesWithFaces: 0 };
  readonly #seenAtMs: number[] = [];
  readonly #notes: string[] = [];
  /** What passes have in common; closed after the last of them. */
  readonly #lasting = new Scope();
  /** What is told before the plan is. */
  #early: PreviewEvent[] | undefined = [];
  #firstStillSeconds: number | undefined;
  #areIdsOfFile = false;

  constructor(given: {
    readonly options: PreviewOptions;
    readonly scope: Scope;
    readonly stop: AbortController;
    readonly tell: Tell;
    readonly env: Readonly<Record<string, string | undefined>>;
  }) {
    this.#options = given.options;
    this.#scope = given.scope;
    this.#stop = given.stop;
    this.#tell = given.tell;
    this.#env = given.env;
    this.#scope.defer('networks', () => this.#lasting.close());
  }

  async make(openTools: OpenTools): Promise<void> {
    const ready = await this.#prepare(openTools);
    const { read, opened, folder, plan } = ready;
    const ask = previewAsk(this.#options, read.media, read.times);
    this.#tell({
      event: 'started',
      target: this.#options.target,
      output: folder.path,
      framesExpected: framesAsked(ask),
      devices: opened.devices,
      leftOut: [...read.changed, ...plan.leftOut],
    });
    for (const event of this.#early?.splice(0) ?? []) this.#tell(event);
    this.#early = undefined;
    const keeper = this.#keeper(ready);
    const asks = await this.#moments(ask, ready, keeper);
    const frames = ask.kind === 'range' ? framesOf(ask.span) : asks.map(({ frame }) => frame);
    const clip = ask.kind === 'range' ? await this.#planClip(ready, ask) : undefined;
    const thumbnails = new TrackThumbnails(ready.show);
    await this.#swap(ready, { frames, asks, clip, keeper, thumbnails });
    const comparisons = await this.#compare(ready, asks);
    await this.#finish(ready, {
      keeper,
      comparisons,
      thumbnails,
      clip: ask.kind === 'range' && clip ? { clip, span: ask.span } : undefined,
    });
  }

  /** Looks at what there is, and opens what is needed; all that waits for something else goes on side by side. */
  async #prepare(openTools: OpenTools): Promise<Ready> {
    const options = this.#options;
    checkAsk(options);
    const reading = planRead(options.target, {}, { env: this.#env, signal: this.#stop.signal });
    reading.catch(() => undefined);
    const plan = await planSwap(options);
    const comparisons: PlannedComparison[] = [];
    for (const one of options.compare ?? []) comparisons.push(await planComparison(one, options));
    const tell: RunTell = (event) => {
      if (event.event !== 'warning' && event.event !== 'notice') return;
      if (this.#early) this.#early.push(event);
      else this.#tell(event);
    };
    // Faces are followed from the file's beginning, which takes as long as it is, only where their numbers matter.
    const isByNumber = plan.entries.some(({ faces }) => faces.kind === 'indices');
    const opened = await openTools(plan, {
      ...{ env: this.#env, video: options.target, isHasty: true, tell, signal: this.#stop.signal },
      ...(isByNumber ? { target: options.target } : {}),
    });
    const tools = shareTools(opened.tools, this.#lasting, tell);
    tools.begin();
    const read = await reading;
    const folder = await openPreviewFolder(options, this.#scope);
    this.#stop.signal.throwIfAborted();
    const { displayMatrix, sampleAspect } = read.media.video;
    return {
      plan,
      comparisons,
      opened,
      read,
      folder,
      tools,
      show: { video: read.video, displayMatrix, sampleAspect },
    };
  }

  /** Which moments are shown as stills. */
  async #moments(ask: PreviewAsk, ready: Ready, keeper: StillKeeper): Promise<readonly StillAsk[]> {
    const { media, times } = ready.read;
    const asked = (frame: number, reason?: string): StillAsk => ({
      frame,
      seconds: secondsOf(media, times, frame),
      reason,
    });
    if (ask.kind === 'range') return stillsOf(ask.span).map((frame) => asked(frame));
    if (ask.kind === 'moments') return [...new Set(ask.frames)].map((frame) => asked(frame));
    const scanPlan = planScan(times);
    this.#tell({
      event: 'notice',
      code: 'LOOKING_FOR_MOMENTS',
      message: `Looking at ${scanPlan.frames.length} frames of the file for telling moments.`,
    });
    // Something to see meanwhile.
    const middle = asked(scanPlan.frames[scanPlan.frames.length >> 1]!);
    const isLong = scanPlan.frames.length > longWait && ready.opened.tools.hasHistory !== true;
    if (isLong) await this.#draft(ready, middle, keeper);
    const samples: Sample[] = [];
    await this.#inPass(
      (context) =>
        drain(
          scan(ready.read, scanPlan, ready.opened.tools, context),
          (sample) => {
            samples.push(sample);
          },
          this.#stop.signal,
        ),
      new StageTimings(),
    );
    const moments = tellingMoments(samples, ask.count);
    const asks =
      moments.length > 0
        ? moments.map(({ frame, reason }) => asked(frame, reason))
        : [asked(Math.floor(times.pts.length / 2))];
    if (isLong && asks.every(({ frame }) => frame !== middle.frame)) await keeper.withdraw(middle);
    return asks;
  }

  async #planClip(ready: Ready, ask: PreviewAsk & { kind: 'range' }): Promise<Clip | undefined> {
    const maker = { version: await ownVersion(), profile: ready.opened.profile };
    const mark = { comment: markComment(maker), xmp: xmpPacket(maker) };
    try {
      return await planClip(ready.read, ask.span, await ready.folder.place('clip.mp4'), mark);
    } catch (error) {
      const message = `No clip is made: ${error instanceof Error ? error.message : String(error)}`;
      this.#notes.push(message);
      this.#tell({ event: 'warning', code: 'PREVIEW_WITHOUT_CLIP', message });
      return undefined;
    }
  }

  #keeper({ folder, show }: Ready): StillKeeper {
    return new StillKeeper({
      folder,
      show,
      onStill: (event) => {
        this.#firstStillSeconds ??= (performance.now() - this.#startedAt) / 1000;
        this.#tell(event);
      },
      onError: (error) => {
        this.#stop.abort(error);
      },
    });
  }

  /** Swaps the frames that are shown: into stills, and a clip where there is one. */
  async #swap(
    { read, plan, tools }: Ready,
    work: {
      readonly frames: readonly number[];
      readonly asks: readonly StillAsk[];
      readonly clip: Clip | undefined;
      readonly keeper: StillKeeper;
      readonly thumbnails: TrackThumbnails;
    },
  ): Promise<void> {
    const quick = tools.for(plan);
    const spans = workSpans(work.frames, reachOf(plan, quick), read.times.pts.length);
    const asks = new Map(work.asks.map((ask) => [ask.frame, ask]));
    const hasHistory = quick.hasHistory === true;
    this.#areIdsOfFile = hasHistory || (spans.length === 1 && spans[0]?.first === 0);
    const [firstAsk] = work.asks;
    const firstSpan = spans[0];
    // Who is number what is not known at a glance.
    if (firstAsk && firstSpan && !hasHistory && firstAsk.frame - firstSpan.first > longWait) {
      await this.#draft({ read, plan, tools }, firstAsk, work.keeper);
    }
    await tools.settle();
    const own = tools.for(plan);
    const meter = progressMeter(work.frames.length, this.#timings);
    const take = (frame: PreviewFrame): Promise<void> | undefined => {
      this.#seenAtMs.push(performance.now());
      work.thumbnails.look(frame);
      const ask = asks.get(frame.item.frame.index);
      const kept = ask && work.keeper.keep(frame, ask);
      const progress = meter(this.#seenAtMs.length);
      if (progress) this.#tell(progress);
      return kept;
    };
    await this.#inPass(async (context) => {
      const frames = previewFrames({
        ...{ read, plan, tools: own, count: this.#count, context },
        wanted: work.frames,
      });
      if (work.clip) {
        const written = work.clip.write(frames.pipe(tap((frame) => void take(frame))), context);
        await drain(written, () => undefined, this.#stop.signal);
      } else {
        await drain(
          frames,
          (frame) => {
            const release = (): void => {
              frame.item.release();
            };
            // Held until its pictures are written, so that stills do not pile up.
            void (take(frame) ?? Promise.resolve()).then(release);
          },
          this.#stop.signal,
        );
      }
      await work.keeper.finish();
      this.#stop.signal.throwIfAborted();
    });
  }

  /** Makes a first look at a moment, so that there is something to see while its windows are worked on. */
  async #draft(
    { read, plan, tools }: Pick<Ready, 'read' | 'plan' | 'tools'>,
    ask: StillAsk,
    keeper: StillKeeper,
  ): Promise<void> {
    const spans = workSpans([ask.frame], draftReach, read.times.pts.length);
    const lenient = { ...plan, requireFace: false };
    const count = { framesSwapped: 0, framesWithFaces: 0 };
    const drafts: Promise<void>[] = [];
    await this.#inPass(
      async (context) => {
        const own = tools.for(plan);
        const quick = { ...own, track: own.quickTrack ?? own.track, readLight: undefined };
        const frames = previewPass({ read, spans, plan: lenient, tools: quick, count, context });
        const take = (frame: PreviewFrame): void => {
          drafts.push(keeper.draft(frame, ask).finally(() => frame.item.release()));
        };
        await drain(frames, take, this.#stop.signal);
        await Promise.all(drafts);
      },
      new StageTimings(),
      () => undefined,
    );
  }

  async #compare(ready: Ready, asks: readonly StillAsk[]): Promise<readonly ComparisonReport[]> {
    const reports: ComparisonReport[] = [];
    const moment = asks[0];
    if (!moment) return reports;
    for (const comparison of ready.comparisons) {
      reports.push(
        await compareVariants(comparison, {
          ...ready,
          moment,
          inPass: (work) => this.#inPass(work, new StageTimings(), () => undefined),
          signal: this.#stop.signal,
        }),
      );
    }
    return reports;
  }

  /** Writes what comes last: contact sheet, faces, page and the report as data. */
  async #finish(
    { read, opened, folder }: Ready,
    {
      keeper,
      comparisons,
      thumbnails,
      clip,
    }: {
      readonly keeper: StillKeeper;
      readonly comparisons: readonly ComparisonReport[];
      readonly thumbnails: TrackThumbnails;
      readonly clip: { readonly clip: Clip; readonly span: { first: number; last: number } } | undefined;
    },
  ): Promise<void> {
    const { media, times } = read;
    if (keeper.cells.length > 0) {
      await folder.write(
        'contact-sheet.jpg',
        await contactSheet(keeper.cells, keeper.cells.length > 4 ? 2 : 1),
      );
    }
    const stages = this.#timings.means();
    const frames = times.pts.length;
    const report: PreviewReport = {
      target: this.#options.target,
      madeAt: new Date(),
      version: await ownVersion(),
      profile: opened.profile,
      devices: opened.devices,
      video: {
        width: media.video.width,
        height: media.video.height,
        frames,
        framesPerSecond: toNumber(times.rate.mean),
        seconds: secondsOf(media, times, frames - 1) + times.lastTicks * toNumber(media.video.timeBase),
      },
      stills: keeper.reports,
      clip: clip && (await clipReport(clip.clip, clip.span, join(folder.path, 'clip.mp4'), media)),
      tracks: await thumbnails.write(folder),
      areIdsOfFile: this.#areIdsOfFile,
      comparisons,
      timing: {
        stages,
        framesSwapped: this.#seenAtMs.length,
        seconds: this.#seconds(),
        firstStillSeconds: this.#firstStillSeconds,
        wholeFile: estimate(frames, stages, clip ? this.#seenAtMs : []),
      },
      commands: await previewCommands(this.#options, folder),
      notes: [...read.changed, ...this.#notes],
    };
    await folder.write('preview.json', `${JSON.stringify(dataOf(report), null, 2)}\n`);
    this.#stop.signal.throwIfAborted();
    // The page comes last: where it is, everything is.
    const page = await folder.write('index.html', previewPage(report));
    folder.keep();
    this.#tell({
      event: 'finished',
      output: folder.path,
      page,
      stills: keeper.reports.length,
      frames: this.#seenAtMs.length,
      framesSwapped: this.#count.framesSwapped,
      seconds: this.#seconds(),
      firstStillSeconds: this.#firstStillSeconds,
      wholeFileSeconds: report.timing.wholeFile?.seconds,
      stageMilliseconds: stages,
    });
  }

  /** Runs work in a scope of its own, which is closed when the work has ended. */
  async #inPass(
    work: (context: StageContext) => Promise<void>,
    timings: StageTimings = this.#timings,
    tell: Tell = this.#tell,
  ): Promise<void> {
    this.#stop.signal.throwIfAborted();
    const scope = new Scope(this.#lasting);
    this.#scope.defer('pass', () => scope.close());
    try {
      await work({
        scope,
        timings,
        tell: (event) => {
          if (event.event === 'warning' || event.event === 'notice') tell(event);
        },
      });
    } finally {
      await scope.close();
    }
  }

  #seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }
}

function framesAsked(ask: PreviewAsk): number {
  switch (ask.kind) {
    case 'range':
      return ask.span.last - ask.span.first + 1;
    case 'moments':
      return new Set(ask.frames).size;
    case 'auto':
      return ask.count;
  }
}

function framesOf({ first, last }: { readonly first: number; readonly last: number }): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** The report without its pictures. */
function dataOf(report: PreviewReport): unknown {
  return JSON.parse(
    JSON.stringify(report, (key, value: unknown) =>
      ['images', 'image', 'data'].includes(key) || (key === 'target' && typeof value === 'object')
        ? undefined
        : value,
    ),
  ) as unknown;
}
