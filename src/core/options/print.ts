import { defineOption, onOrOff } from './define.ts';

/** What a run tells on the way. */
export const printOptions = {
  json: defineOption({
    name: 'json',
    flag: '--json',
    schema: onOrOff(),
    description: 'events on stdout, one JSON object a line',
    default: false,
  }),
  quiet: defineOption({
    name: 'quiet',
    flag: '--quiet',
    schema: onOrOff(),
    description: 'no progress and no closing line; warnings and errors stay',
    default: false,
  }),
};
