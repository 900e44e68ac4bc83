import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';
import type { FetchEvent } from '../../models/fetch-file.ts';
import type { CliIo } from '../io.ts';

/** Milliseconds between two words about one download: JSON events, and lines without a terminal. */
const jsonEvery = 200;
const lineEvery = 10_000;

/** Tells how files come in: a bar on a terminal, a line now and then elsewhere, JSON lines, or nothing. */
export function fetchPrinter(
  io: CliIo,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
): { readonly event: (event: FetchEvent) => void; readonly end: () => void } {
  let lastAt = -Infinity;
  const isDue = (milliseconds: number): boolean => {
    const now = performance.now();
    if (now - lastAt < milliseconds) return false;
    lastAt = now;
    return true;
  };
  const silence = (): void => undefined;
  if (json) {
    return {
      event: (event) => {
        if (event.event !== 'fetching' || isDue(jsonEvery)) io.stdout.write(`${JSON.stringify(event)}\n`);
      },
      end: silence,
    };
  }
  if (quiet) return { event: silence, end: silence };
  if (!io.isInteractive) {
    return {
      event: (event) => {
        if (event.event === 'fetching' ? isDue(lineEvery) : true) io.stderr.write(`${wordsOf(event)}\n`);
      },
      end: silence,
    };
  }
  return barPrinter(io);
}

function barPrinter({ stderr }: CliIo): ReturnType<typeof fetchPrinter> {
  const bar = new SingleBar({
    stream: stderr as NodeJS.WritableStream,
    format: '{bar} {done}/{whole} MB  {name}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    fps: 5,
  });
  let shown: string | undefined;
  const hide = (): void => {
    if (shown !== undefined) bar.stop();
    shown = undefined;
  };
  return {
    event: (event) => {
      const { bytesDone, bytes, file } = event;
      if (event.event !== 'fetching') {
        hide();
        stderr.write(`${wordsOf(event)}\n`);
        return;
      }
      const payload = { done: megabytes(bytesDone), whole: megabytes(bytes), name: basename(file) };
      if (shown === file) bar.update(bytesDone, payload);
      else {
        hide();
        bar.start(bytes, bytesDone, payload);
      }
      shown = file;
    },
    end: hide,
  };
}

function wordsOf({ event, file, from, bytesDone, bytes }: FetchEvent): string {
  const name = basename(file);
  if (event === 'kept') return `${name}: here already`;
  if (event === 'fetched') return `${name}: ${megabytes(bytes)} MB from ${from ?? ''}`;
  return `${name}: ${megabytes(bytesDone)} of ${megabytes(bytes)} MB`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
