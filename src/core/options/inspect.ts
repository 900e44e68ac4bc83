import { defineOption, onOrOff, text } from './define.ts';
import { swapOptions } from './swap.ts';

/** Options of `facet inspect FILE`. */
export const inspectOptions = {
  json: defineOption({
    name: 'json',
    flag: '--json',
    schema: onOrOff(),
    description: 'the whole report on stdout as JSON',
    default: false,
    isCommon: true,
  }),
  scenes: defineOption({
    name: 'scenes',
    flag: '--no-scenes',
    schema: onOrOff(),
    description: 'do not decode the file to look for scene cuts',
    default: true,
    isCommon: true,
  }),
  faces: defineOption({
    name: 'faces',
    flag: '--faces',
    schema: onOrOff(),
    description:
      'find and follow faces: who is in the file, from when to when; numbers are those of swap --faces',
    default: false,
    isCommon: true,
  }),
  sheet: defineOption({
    name: 'sheet',
    flag: '--sheet <file>',
    schema: text('the path of a PNG file'),
    description:
      'write a sheet of pictures of the faces that were found, a row a person (PNG); needs --faces',
  }),
  profile: swapOptions.profile,
  device: swapOptions.device,
  detectEvery: swapOptions.detectEvery,
};
