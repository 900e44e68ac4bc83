import type { Command } from 'commander';
import { passthroughOptions } from '../../core/options/passthrough.ts';
import { oneRange } from '../../core/options/range.ts';
import type { CliIo } from '../io.ts';
import { addOptions, readOptions } from '../options.ts';

/** `facet passthrough`: the stream with nothing between its ends. Hidden; for measuring and checking. */
export function addPassthroughCommand(program: Command, io: CliIo): void {
  const command = program
    .command('passthrough', { hidden: true })
    .description('Decodes and encodes a video through the stream, changing nothing in between.');
  addOptions(command, passthroughOptions).action(async (flags: Record<string, unknown>) => {
    const options = await readOptions(passthroughOptions, flags);
    const { target, output, overwrite, codec, crf, preset, pixelFormat, audio } = options;
    const { askAhead } = await import('../../media/ask-ahead.ts');
    const ahead = askAhead(target, io);
    await ahead.started;
    const [{ passthrough, runVideo }, { printRun }] = await Promise.all([
      import('../../pipeline/run-video.ts'),
      import('../print/run.ts'),
    ]);
    const events = runVideo({
      target,
      output,
      overwrite,
      range: oneRange(options),
      encode: { codec, crf, preset, pixelFormat, audio },
      work: passthrough,
      signal: io.signal,
      env: io.env,
    });
    await printRun(events, io, options).finally(ahead.stop);
  });
}
