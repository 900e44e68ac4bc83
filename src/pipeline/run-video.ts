import { defer, from, merge, Observable, Subject, switchMap, type OperatorFunction } from 'rxjs';
import type { RunEvent } from '../core/events.ts';
import { FramePool } from '../core/frame.ts';
import type { Item } from '../core/item.ts';
import { fromFrame } from '../ops/stream/from-frame.ts';
import { decode } from '../stages/decode.ts';
import { encode } from '../stages/encode.ts';
import { inScope } from '../stages/in-scope.ts';
import { StageTimings } from '../stages/timings.ts';
import type { StageContext } from '../stages/define-stage.ts';
import { poolSize } from './capacity.ts';
import { endPtsOf } from './frame-range.ts';
import { planRead, planVideo, type VideoPlan } from './plan-video.ts';
import { progressMeter } from './progress-meter.ts';
import type { FrameWork, ReadRequest, VideoRequest } from './video-run.ts';

/** Work that changes nothing: every frame goes through as it was decoded. */
export const passthrough: FrameWork = { holds: 0, in: () => (items) => items };

/**
 * Runs a video from file to file: decode → work → encode. Frames keep their order, count and timestamps; all
 * that is not the picture is taken over from the target. Work begins on subscription; unsubscribing or aborting
 * the signal ends it and leaves nothing behind.
 */
export function runVideo(request: VideoRequest): Observable<RunEvent> {
  return inScope(
    (scope) =>
      defer(() => planVideo(request, request)).pipe(
        switchMap((plan) => {
          const told = new Subject<RunEvent>();
          const context: StageContext = {
            scope,
            timings: new StageTimings(),
            tell: (event) => {
              told.next(event);
            },
          };
          return merge(told, runPlan(plan, request, context, told));
        }),
      ),
    request.signal,
    request.lasting,
  );
}

function runPlan(
  plan: VideoPlan,
  request: VideoRequest,
  context: StageContext,
  told: Subject<RunEvent>,
): Observable<RunEvent> {
  return new Observable<RunEvent>((subscriber) => {
    const { span, media, times } = plan;
    const expected = span.last - span.first + 1;
    const startedAt = performance.now();
    subscriber.next({
      event: 'started',
      target: request.target,
      output: request.output,
      framesExpected: expected,
      devices: request.devices ?? {},
      leftOut: [...plan.leftOut, ...(request.leftOut ?? [])],
    });
    const pool = new FramePool(poolSize({ work: request.work.holds }), plan.video.layout.bytes);
    let lost = span.last === times.pts.length - 1 ? times.missing : 0;
    const frames = decode({
      ffmpeg: plan.ffmpeg,
      plan: plan.decode,
      video: plan.video,
      times,
      pool,
      first: span.first,
      last: span.last,
      onLost: (count) => {
        lost += count;
      },
    })(context);
    const sink = encode({
      ffmpeg: plan.ffmpeg,
      plan: plan.encode,
      video: plan.video,
      sampleAspect: media.video.sampleAspect,
      zeroPts: plan.zeroPts,
      displayMatrix: media.video.displayMatrix,
      ticksOf: (index) => endPtsOf(times, index) - times.pts[index]!,
      temporaryPath: plan.temporaryPath,
      outputPath: plan.outputPath,
    });
    const meter = progressMeter(expected, context.timings);
    let written = 0;
    return frames
      .pipe(
        request.work.in(context, plan.video) as OperatorFunction<Item<never>, Item<unknown>>,
        sink.in(context),
      )
      .subscribe({
        next: () => {
          written += 1;
          const event = meter(written);
          if (event) subscriber.next(event);
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          if (lost > 0) {
            subscriber.next({
              event: 'warning',
              code: 'FRAMES_LOST',
              message: `${lost} of ${written + lost} frames could not be decoded.`,
              hint: 'The target is damaged or cut off; the other frames keep their times.',
            });
          }
          subscriber.next({
            event: 'finished',
            output: request.output,
            frames: written,
            framesSwapped: request.countSwapped?.() ?? 0,
            framesLost: lost,
            seconds: (performance.now() - startedAt) / 1000,
            stageMilliseconds: context.timings.means(),
            tracks: request.tracks?.() ?? [],
          });
          told.complete();
          subscriber.complete();
        },
      });
  });
}

/**
 * Decodes a file and runs the work on its frames, without encoding. Every item is the subscriber's to release.
 * With a range and a pre-roll, items before the range are worked on and not emitted.
 */
export function readVideo(request: ReadRequest): Observable<Item<unknown>> {
  return inScope(
    (scope) =>
      from(planRead(request.target, request, request)).pipe(
        switchMap((plan) => {
          const context: StageContext = {
            scope,
            timings: new StageTimings(),
            tell: request.tell ?? (() => undefined),
          };
          const pool = new FramePool(
            poolSize({ work: request.work.holds, sink: request.holds ?? 1 }),
            plan.video.layout.bytes,
          );
          return decode({
            ffmpeg: plan.ffmpeg,
            plan: plan.decode,
            video: plan.video,
            times: plan.times,
            pool,
            first: plan.decoded.first,
            last: plan.decoded.last,
            onLost: (count) => {
              if (count === 0) return;
              context.tell({
                event: 'warning',
                code: 'FRAMES_LOST',
                message: `${count} frames could not be decoded.`,
              });
            },
          })(context).pipe(request.work.in(context, plan.video), fromFrame(plan.span.first));
        }),
      ),
    request.signal,
  );
}
