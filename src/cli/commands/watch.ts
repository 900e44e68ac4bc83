import type { Command } from 'commander';
import {
  DeviceError,
  exitCodes,
  FacetError,
  InputError,
  ModelError,
  NoFaceError,
  OutputError,
  UsageError,
  type ErrorDetails,
} from '../../core/errors.ts';
import { resolveOptions } from '../../core/options/define.ts';
import { layerOptions } from '../../core/options/paths.ts';
import { configText } from '../../core/options/print-config.ts';
import { watchCommandOptions, watchOptions } from '../../core/options/watch.ts';
import type { WatchEvent, WatchProblem } from '../../core/watch-events.ts';
import type { JobKind } from '../../pipeline/watch/job-kind.ts';
import type { WatchOptions } from '../../pipeline/watch/settings.ts';
import type { CliIo } from '../io.ts';
import { addOptions, givenFlags, readConfig } from '../options.ts';

type Flags = Readonly<Record<string, unknown>>;

/** `facet watch INBOX`: drop files, get files. `kind` is what it does with every file; default: a swap. */
export function addWatchCommand(program: Command, io: CliIo, kind?: JobKind): void {
  const command = program
    .command('watch [inbox]')
    .description('Watches a folder and swaps faces in every video that is put into it; survives crashes.');
  addOptions(command, watchCommandOptions).action(async (inbox: string | undefined, flags: Flags) => {
    const given = await readGiven(inbox, flags);
    const json = given['json'] === true;
    const { statusLines, watchPrinter } = await import('../print/watch.ts');
    if (given['status'] === true) {
      const { readStatus } = await import('../../pipeline/watch/status.ts');
      const { outputDir } = resolveOptions({ outputDir: watchOptions.outputDir }, pick(given, ['outputDir']));
      const status = await readStatus(outputDir);
      io.stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : `${statusLines(status).join('\n')}\n`);
      return;
    }
    if (given['printConfig'] === true) {
      io.stdout.write(await configText(watchOptions, pick(given, Object.keys(watchOptions))));
      return;
    }
    const options = watchOptionsOf(given);
    const print = watchPrinter(io, { json, quiet: given['quiet'] === true });
    const stopped = await run(options, kind, io, print, async () =>
      watchOptionsOf(await readGiven(inbox, flags)),
    );
    if (options.once && stopped?.worst) throw errorOf(stopped.worst);
  });
}

/** Runs a watch to its end: SIGTERM stops it well, SIGHUP reads the options anew, Ctrl-C parks and ends with 130. */
async function run(
  options: WatchOptions,
  given: JobKind | undefined,
  io: CliIo,
  print: (event: WatchEvent) => void,
  readAgain: () => Promise<WatchOptions>,
): Promise<Extract<WatchEvent, { event: 'stopped' }> | undefined> {
  const [{ lastValueFrom, Subject, tap }, { watchFolder }, kind] = await Promise.all([
    import('rxjs'),
    import('../../pipeline/watch/watch-folder.ts'),
    given ?? import('../../pipeline/watch/swap-kind.ts').then(({ swapKind }) => swapKind),
  ]);
  const stop = new AbortController();
  const reload = new Subject<WatchOptions>();
  const restore = io.takeSignals({
    SIGTERM: () => {
      stop.abort();
    },
    SIGHUP: () => {
      readAgain().then(
        (next) => {
          reload.next(next);
        },
        (error: unknown) => {
          const { message, hint } =
            error instanceof FacetError ? error : { message: String(error), hint: '' };
          print({
            event: 'warning',
            code: 'WATCH_NOT_RELOADED',
            message: `The old settings stay: ${message}`,
            hint,
          });
        },
      );
    },
  });
  try {
    const events = watchFolder(options, kind, { signal: io.signal, stop: stop.signal, reload, env: io.env });
    const last = await lastValueFrom(events.pipe(tap(print)), { defaultValue: undefined });
    return last?.event === 'stopped' ? last : undefined;
  } finally {
    restore();
  }
}

/** Flags over the config file; its paths are taken from where it lies. Not yet checked as a whole. */
async function readGiven(inbox: string | undefined, flags: Flags): Promise<Flags> {
  const fromFlags = { ...givenFlags(watchCommandOptions, flags), ...(inbox === undefined ? {} : { inbox }) };
  const { config } = flags;
  if (typeof config !== 'string') return fromFlags;
  const fromFile = await readConfig(watchCommandOptions, config);
  return layerOptions(fromFile, fromFlags);
}

/** What the watch itself takes, checked. @throws {UsageError} */
function watchOptionsOf(given: Flags): WatchOptions {
  resolveOptions(watchCommandOptions, given);
  return pick(given, Object.keys(watchOptions));
}

function pick(given: Flags, names: readonly string[]): Flags {
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
}

/** The worst result of --once as an error, for its exit code. */
function errorOf({ code, message, hint, exitCode }: WatchProblem): Error {
  const details: ErrorDetails = { code, hint };
  switch (exitCode) {
    case exitCodes.usage:
      return new UsageError(message, details);
    case exitCodes.input:
      return new InputError(message, details);
    case exitCodes.noFace:
      return new NoFaceError(message, details);
    case exitCodes.model:
      return new ModelError(message, details);
    case exitCodes.device:
      return new DeviceError(message, details);
    case exitCodes.output:
      return new OutputError(message, details);
    default:
      return new Error(message);
  }
}
