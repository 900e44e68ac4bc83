import { defineOption, onOrOff } from './define.ts';
import { swapOptions } from './swap.ts';

/** Options of `facet doctor`. */
export const doctorOptions = {
  json: defineOption({
    name: 'json',
    flag: '--json',
    schema: onOrOff(),
    description: 'the report on stdout as JSON, in one line',
    default: false,
    isCommon: true,
  }),
  profile: { ...swapOptions.profile, isCommon: true },
  device: { ...swapOptions.device, isCommon: true },
};
