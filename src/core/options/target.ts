import { defineOption, text } from './define.ts';

/** The video that a swap, or a preview of one, is about. */
export const targetOption = defineOption({
  name: 'target',
  flag: '-t, --target <video>',
  schema: text('the path of a video'),
  description: 'video whose faces are swapped',
  isRequired: true,
  isCommon: true,
});
