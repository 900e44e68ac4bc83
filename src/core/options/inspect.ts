import { defineOption, onOrOff } from './define.ts';

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
};
