import type { Command } from 'commander';
import { previewCommandOptions } from '../../core/options/preview.ts';
import type { CliIo } from '../io.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { addOptions, readOptions } from '../options.ts';

/** `facet preview`: how a swap will look, in seconds. */
export function addPreviewCommand(program: Command, io: CliIo): void {
  const command = program
    .command('preview')
    .description('Shows how a swap will look: stills, a clip and a page, in seconds.');
  addOptions(command, previewCommandOptions).action(async (flags: Record<string, unknown>) => {
    const options = await readOptions(previewCommandOptions, flags);
    const { askAhead } = await import('../../media/ask-ahead.ts');
    const ahead = askAhead(options.target, io);
    await ahead.started;
    const [{ openTools }, { runPreview }, { printPreview }] = await Promise.all([
      import('../../pipeline/open-tools.ts'),
      import('../../pipeline/preview/run-preview.ts'),
      import('../print/preview.ts'),
    ]);
    const events = runPreview(options, openTools, { signal: io.signal, env: io.env });
    const finished = await printPreview(events, io, options).finally(ahead.stop);
    if (options.open && finished) await openInBrowser(finished.page, io);
  });
}
