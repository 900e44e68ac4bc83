#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { exitCodes, UsageError } from '../core/errors.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addInspectCommand } from './commands/inspect.ts';
import { addModelsCommand } from './commands/models.ts';
import { addPassthroughCommand } from './commands/passthrough.ts';
import { addPreviewCommand } from './commands/preview.ts';
import { addSwapCommand } from './commands/swap.ts';
import { addWatchCommand } from './commands/watch.ts';
import type { JobKind } from '../pipeline/watch/job-kind.ts';
import type { CliIo } from './io.ts';
import { errorEvent, errorLines, exitCodeOf } from './print/error.ts';
import { interruptSignal } from './signals.ts';

/** Parts of the command line that tests put others in place of. */
export type CliParts = {
  /** What `facet watch` does with every file. */
  readonly watchKind?: JobKind;
};

/**
 * The whole command line, not yet run. Holds the options only: what a command needs to do its work is loaded by
 * its action, so that none waits for the modules of another.
 */
export async function buildProgram(io: CliIo, { watchKind }: CliParts = {}): Promise<Command> {
  const program = new Command('facet')
    .description('Swaps faces in video, region by region.')
    .version(await ownVersion())
    .option('--debug', 'show the trace of an error')
    .showHelpAfterError(false)
    .configureOutput({
      writeOut: (words) => io.stdout.write(words),
      // Errors are printed in one place, with their hint.
      writeErr: () => undefined,
    });
  // One line a command.
  addSwapCommand(program, io);
  addPreviewCommand(program, io);
  addInspectCommand(program, io);
  addModelsCommand(program, io);
  addDoctorCommand(program, io);
  addPassthroughCommand(program, io);
  addWatchCommand(program, io, watchKind);
  overrideExits(program);
  return program;
}

/** Runs the command line and resolves with its exit code; never rejects. */
export async function runCli(args: readonly string[], io: CliIo, parts: CliParts = {}): Promise<number> {
  try {
    const program = await buildProgram(io, parts);
    if (args.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    const error = thrown instanceof CommanderError ? usageErrorOf(thrown) : thrown;
    if (args.includes('--json')) io.stdout.write(`${JSON.stringify(errorEvent(error))}\n`);
    io.stderr.write(`${errorLines(error, { isDebug: args.includes('--debug') }).join('\n')}\n`);
    return exitCodeOf(error);
  }
}

function usageErrorOf(error: CommanderError): UsageError {
  const [first = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const sentence = first.charAt(0).toUpperCase() + first.slice(1);
  const hint = more.join(' ').replace(/^\((.*)\)$/, '$1');
  return new UsageError(/[.?!]$/.test(sentence) ? sentence : `${sentence}.`, {
    code: error.code === 'commander.unknownOption' ? 'USAGE_UNKNOWN_OPTION' : 'USAGE_COMMAND_LINE',
    hint: hint === '' ? 'Run it with --help to see what it takes.' : hint,
    cause: error,
  });
}

function overrideExits(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    child.option('--debug', 'show the trace of an error');
    overrideExits(child);
  }
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Runs the command line of this process. */
export async function runProcess(parts: CliParts = {}): Promise<void> {
  const { signal, take, stop } = interruptSignal();
  // A reader that has gone away (`| head`) is no error of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const io: CliIo = {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal,
    takeSignals: take,
    isInteractive: process.stderr.isTTY === true,
  };
  process.exitCode = await runCli(process.argv.slice(2), io, parts).catch(() => exitCodes.bug);
  stop();
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runProcess();
}
