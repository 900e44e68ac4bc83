import { defineOption, text } from './define.ts';
import { encodeOptions } from './encode.ts';
import { printOptions } from './print.ts';
import { rangeOptions } from './range.ts';
import { swapOptions } from './swap.ts';
import { targetOption } from './target.ts';

/** What `swap` takes: what to swap, from which file into which, and how the output is written. */
export const swapRunOptions = {
  ...swapOptions,
  target: targetOption,
  output: defineOption({
    name: 'output',
    flag: '-o, --output <file>',
    schema: text('a path that ends with .mp4, .m4v, .mov, .mkv or .webm'),
    description: 'file to write; its extension says the container',
    isRequired: true,
    isCommon: true,
  }),
  ...rangeOptions,
  ...encodeOptions,
};

/** Options of `facet swap`: those of a run, and what it tells on the way. */
export const swapCommandOptions = { ...swapRunOptions, ...printOptions };
