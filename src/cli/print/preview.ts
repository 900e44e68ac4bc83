import { map, tap, type Observable } from 'rxjs';
import type { RunEvent } from '../../core/events.ts';
import type { PreviewEvent, PreviewFinishedEvent } from '../../core/preview-events.ts';
import type { CliIo } from '../io.ts';
import { duration, printRun, type PrintRunOptions } from './run.ts';

/** Runs a preview and tells of it; resolves with its last event. With --json every event is a line as it is. */
export async function printPreview(
  events: Observable<PreviewEvent>,
  io: CliIo,
  options: PrintRunOptions,
): Promise<PreviewFinishedEvent | undefined> {
  let finished: PreviewFinishedEvent | undefined;
  const told = events.pipe(
    tap((event) => {
      if (event.event === 'finished') finished = event;
    }),
  );
  // A line of JSON needs nothing but the event.
  await printRun(options.json ? (told as Observable<RunEvent>) : told.pipe(map(asRunEvent)), io, options);
  if (finished && !options.json && !options.quiet) io.stdout.write(`${finishedWords(finished)}\n`);
  return finished;
}

/** A preview's event as what a run would tell: stills are notices; the end is told by `printPreview`. */
function asRunEvent(event: PreviewEvent): RunEvent {
  switch (event.event) {
    case 'still': {
      if (event.isDraft) return { event: 'notice', code: 'DRAFT', message: `first look: ${event.after}` };
      const why = event.reason === undefined ? '' : ` (${event.reason})`;
      return { event: 'notice', code: 'STILL', message: `${duration(event.seconds)}${why}: ${event.after}` };
    }
    case 'finished':
      return { event: 'notice', code: 'FINISHED', message: '' };
    default:
      return event;
  }
}

function finishedWords({ page, stills, frames, seconds, wholeFileSeconds }: PreviewFinishedEvent): string {
  const whole = wholeFileSeconds?.map((value) => duration(value));
  const guess =
    whole === undefined
      ? ''
      : `; the whole file will take ${whole[0] === whole[1] ? `about ${whole[0]!}` : `${whole[0]!} to ${whole[1]!}`}`;
  return `${page}: ${stills} ${stills === 1 ? 'still' : 'stills'} of ${frames} swapped frames, in ${duration(seconds)}${guess}`;
}
