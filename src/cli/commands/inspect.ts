import type { Command } from 'commander';
import { inspectOptions } from '../../core/options/inspect.ts';
import { inspect } from '../../pipeline/inspect.ts';
import type { CliIo } from '../io.ts';
import { addOptions, readOptions } from '../options.ts';
import { inspectionJson, inspectionLines } from '../print/inspection.ts';

/** `facet inspect FILE`: what is in a file. */
export function addInspectCommand(program: Command, io: CliIo): void {
  const command = program
    .command('inspect <file>')
    .description('Shows what is in a video: streams, frame rate, colour, rotation, scene cuts.');
  addOptions(command, inspectOptions).action(async (file: string, flags: Record<string, unknown>) => {
    const { json, scenes } = await readOptions(inspectOptions, flags);
    const inspection = await inspect({ target: file, scenes, env: io.env, signal: io.signal });
    io.stdout.write(
      json
        ? `${JSON.stringify(inspectionJson(inspection), null, 2)}\n`
        : `${inspectionLines(inspection).join('\n')}\n`,
    );
  });
}
