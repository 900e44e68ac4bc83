import type { Command } from 'commander';
import { swapCommandOptions } from '../../core/options/swap-run.ts';
import type { CliIo } from '../io.ts';
import { addOptions, readOptions } from '../options.ts';

/** `facet swap`: from file to file. */
export function addSwapCommand(program: Command, io: CliIo): void {
  const command = program.command('swap').description('Puts the face of a photo into a video.');
  addOptions(command, swapCommandOptions).action(async (flags: Record<string, unknown>) => {
    const options = await readOptions(swapCommandOptions, flags);
    const { askAhead } = await import('../../media/ask-ahead.ts');
    const ahead = askAhead(options.target, io);
    await ahead.started;
    const [{ openTools }, { runSwap }, { printRun }] = await Promise.all([
      import('../../pipeline/open-tools.ts'),
      import('../../pipeline/run-swap.ts'),
      import('../print/run.ts'),
    ]);
    const events = runSwap(options, openTools, { signal: io.signal, env: io.env });
    await printRun(events, io, options).finally(ahead.stop);
  });
}
