import type { RunEvent } from '../../core/events.ts';
import type { JobEntry, JobResult } from './entries.ts';
import type { JobOptions } from './sidecars.ts';

/** Collects what a run tells: for the log, and for the report beside the output. */
export class RunLog {
  readonly #lines: string[] = [];
  readonly #events: RunEvent[] = [];

  /** Adds a line of our own. */
  say(words: string): void {
    this.#lines.push(`${new Date().toISOString()} ${words}`);
  }

  /** Adds what a run tells; progress is left out. */
  tell(event: RunEvent): void {
    if (event.event === 'progress') return;
    this.#events.push(event);
    switch (event.event) {
      case 'started': {
        const devices = Object.entries(event.devices).map(([role, device]) => `${role} on ${device}`);
        this.say(
          `started: ${event.framesExpected ?? '?'} frames expected${devices.length > 0 ? `; ${devices.join(', ')}` : ''}`,
        );
        for (const sentence of event.leftOut) this.say(`note: ${sentence}`);
        break;
      }
      case 'warning':
        this.say(
          `warning ${event.code}: ${event.message}${event.hint === undefined ? '' : ` ${event.hint}`}`,
        );
        break;
      case 'notice':
        this.say(`${event.code}: ${event.message}`);
        break;
      case 'finished':
        this.say(
          `finished: ${event.frames} frames, ${event.framesSwapped} swapped, ${event.framesLost} lost, ${event.seconds.toFixed(2)} s`,
        );
        for (const { id, firstFrame, lastFrame, framesChosen, widthPx } of event.tracks) {
          const width = widthPx === undefined ? '' : `, ${widthPx.min}-${widthPx.max} px wide`;
          this.say(`face ${id}: frames ${firstFrame}-${lastFrame}${width}, chosen in ${framesChosen}`);
        }
    }
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  get events(): readonly RunEvent[] {
    return this.#events;
  }
}

/** The report beside an output: what was done, to what, with what, how long, and what was lost. */
export function jobReport({
  entry,
  output,
  result,
  options,
  sidecars,
  log,
  startedAt,
  facts,
  version,
}: {
  readonly entry: JobEntry;
  readonly output: string;
  readonly result: JobResult;
  readonly options: JobOptions;
  readonly sidecars: readonly string[];
  readonly log: RunLog;
  readonly startedAt: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly version: string;
}): Readonly<Record<string, unknown>> {
  const find = <Name extends RunEvent['event']>(name: Name): Extract<RunEvent, { event: Name }>[] =>
    log.events.filter((event): event is Extract<RunEvent, { event: Name }> => event.event === name);
  const [started] = find('started');
  const [finished] = find('finished');
  return {
    facet: version,
    input: { file: entry.file, bytes: entry.stamp.sizeBytes, sha256: entry.sha256 },
    output: { file: output, bytes: result.sizeBytes, sha256: result.sha256 },
    queuedAt: entry.queuedAt,
    startedAt,
    seconds: result.seconds,
    frames: result.frames,
    framesSwapped: result.framesSwapped,
    framesLost: result.framesLost,
    framesPerSecond: result.seconds > 0 ? Number((result.frames / result.seconds).toFixed(3)) : undefined,
    tracks: finished?.tracks,
    stageMilliseconds: finished?.stageMilliseconds,
    devices: started?.devices,
    leftOut: started?.leftOut,
    warnings: find('warning').map(({ code, message, hint }) => ({ code, message, hint })),
    notices: find('notice').map(({ code, message }) => ({ code, message })),
    options,
    sidecars,
    ...facts,
    earlierTries: entry.failures,
  };
}
