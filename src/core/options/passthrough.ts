import { defineOption, text } from './define.ts';
import { encodeOptions } from './encode.ts';
import { printOptions } from './print.ts';
import { rangeOptions } from './range.ts';

/** Options of `facet passthrough`. */
export const passthroughOptions = {
  target: defineOption({
    name: 'target',
    flag: '-t, --target <file>',
    schema: text('the path of a video'),
    description: 'video to read',
    isRequired: true,
    isCommon: true,
  }),
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
  ...printOptions,
};
