import type { SingleBar } from 'cli-progress';
import type { Observable } from 'rxjs';
import type { FinishedEvent, ProgressEvent, RunEvent } from '../../core/events.ts';
import type { CliIo } from '../io.ts';

export type PrintRunOptions = { readonly json: boolean; readonly quiet: boolean };

/** Seconds between two progress lines where there is no terminal. */
const lineEverySeconds = 10;

/**
 * Runs a stream of events and tells them: a bar on a terminal, a line now and then elsewhere, JSON lines with
 * --json, only warnings with --quiet. Resolves with the last `finished` event; rejects with the run's error.
 */
export async function printRun(
  events: Observable<RunEvent>,
  io: CliIo,
  { json, quiet }: PrintRunOptions,
): Promise<FinishedEvent | undefined> {
  const print = json
    ? jsonPrinter(io)
    : quiet
      ? quietPrinter(io)
      : io.isInteractive
        ? barPrinter(io, await newBar(io))
        : linePrinter(io);
  return new Promise((resolve, reject) => {
    let finished: FinishedEvent | undefined;
    events.subscribe({
      next: (event) => {
        if (event.event === 'finished') finished = event;
        print.event(event);
      },
      error: (error: unknown) => {
        print.end();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
      complete: () => {
        print.end();
        resolve(finished);
      },
    });
  });
}

type Printer = { event(event: RunEvent): void; end(): void };

function jsonPrinter({ stdout }: CliIo): Printer {
  return {
    event: (event) => {
      stdout.write(`${JSON.stringify(event)}\n`);
    },
    end: () => undefined,
  };
}

function quietPrinter({ stderr }: CliIo): Printer {
  return {
    event: (event) => {
      if (event.event === 'warning') stderr.write(`${wordsOf(event)}\n`);
    },
    end: () => undefined,
  };
}

function linePrinter({ stdout, stderr }: CliIo): Printer {
  let lastAt = performance.now();
  return {
    event: (event) => {
      if (event.event === 'progress') {
        const now = performance.now();
        if (now - lastAt < lineEverySeconds * 1000) return;
        lastAt = now;
        stderr.write(`${progressWords(event)}\n`);
      } else if (event.event === 'finished') stdout.write(`${finishedWords(event)}\n`);
      else for (const line of [wordsOf(event)].filter((words) => words !== '')) stderr.write(`${line}\n`);
    },
    end: () => undefined,
  };
}

/** Loaded for a terminal only: others would wait for it too. */
async function newBar({ stderr, env }: CliIo): Promise<SingleBar> {
  const { default: progress } = await import('cli-progress');
  const isPlain = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  return new progress.SingleBar({
    stream: stderr as NodeJS.WritableStream,
    format: `${isPlain ? '{bar}' : '\u001b[36m{bar}\u001b[0m'} {value}/{total} frames  {speed} fps  {left}{stage}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    fps: 5,
  });
}

function barPrinter({ stdout, stderr }: CliIo, bar: SingleBar): Printer {
  let isShown = false;
  const hide = (): void => {
    if (isShown) bar.stop();
    isShown = false;
  };
  return {
    event: (event) => {
      if (event.event === 'progress') {
        if (event.framesExpected === undefined) return;
        const payload = {
          speed: event.framesPerSecond.toFixed(1),
          left: event.secondsLeft === undefined ? '' : `${duration(event.secondsLeft)} left`,
          stage: event.slowestStage === undefined ? '' : `  (${event.slowestStage})`,
        };
        if (isShown) bar.update(event.framesDone, payload);
        else bar.start(event.framesExpected, event.framesDone, payload);
        isShown = true;
        return;
      }
      const words = event.event === 'finished' ? finishedWords(event) : wordsOf(event);
      if (words === '') return;
      hide();
      (event.event === 'finished' ? stdout : stderr).write(`${words}\n`);
    },
    end: hide,
  };
}

/** One line for people; empty when there is nothing to say. */
export function wordsOf(event: RunEvent): string {
  switch (event.event) {
    case 'warning':
      return `warning: ${event.message}${event.hint === undefined ? '' : ` ${event.hint}`}`;
    case 'notice':
      return event.message;
    case 'started':
      return event.leftOut.map((sentence) => `note: ${sentence}`).join('\n');
    case 'progress':
      return progressWords(event);
    case 'finished':
      return finishedWords(event);
  }
}

function progressWords({ framesDone, framesExpected, framesPerSecond, secondsLeft }: ProgressEvent): string {
  const of = framesExpected === undefined ? '' : ` of ${framesExpected}`;
  const left = secondsLeft === undefined ? '' : `, ${duration(secondsLeft)} left`;
  return `${framesDone}${of} frames, ${framesPerSecond.toFixed(1)} fps${left}`;
}

function finishedWords({ output, frames, framesSwapped, framesLost, seconds }: FinishedEvent): string {
  const swapped = framesSwapped > 0 ? `, a face swapped in ${framesSwapped}` : '';
  const lost = framesLost > 0 ? `, ${framesLost} lost` : '';
  return `${output}: ${frames} frames${swapped}${lost}, in ${duration(seconds)}`;
}

/** `7.3 s`, `2:05`, `1:02:03`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
