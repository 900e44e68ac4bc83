import { defineOption, onOrOff, text } from './define.ts';
import { printOptions } from './print.ts';

const json = defineOption({
  name: 'json',
  flag: '--json',
  schema: onOrOff(),
  description: 'the result on stdout as JSON',
  default: false,
  isCommon: true,
});

/** Options of `facet models list`. */
export const modelsListOptions = { json };

/** Options of `facet models verify [profile…]`. */
export const modelsVerifyOptions = { json };

/** Options of `facet models pull NAME`. */
export const modelsPullOptions = {
  from: defineOption({
    name: 'from',
    flag: '--from <folder|file|address>',
    schema: text('a folder, a file or an http address'),
    description:
      'take the files from here instead of their public addresses; in a folder they may have any name',
    isCommon: true,
  }),
  with: defineOption({
    name: 'with',
    flag: '--with <profile>',
    schema: text('the name or path of a profile'),
    description: 'profile in which a pulled network takes its role; mini and yunet make mini-yunet',
    default: 'mini',
    isCommon: true,
  }),
  ...printOptions,
};

/** Options of `facet models import e4s`. */
export const modelsImportOptions = {
  checkpoint: defineOption({
    name: 'checkpoint',
    flag: '--checkpoint <file>',
    schema: text('the path of a checkpoint'),
    description: "the authors' iteration_300000.pt: encoder, mapper and generator",
    isRequired: true,
    isCommon: true,
  }),
  parser: defineOption({
    name: 'parser',
    flag: '--parser <file>',
    schema: text('the path of a checkpoint'),
    description:
      "the parser's 79999_iter.pth; left out, an earlier import's parser is kept, else mini's is used",
    isCommon: true,
  }),
  fp16: defineOption({
    name: 'fp16',
    flag: '--fp16',
    schema: onOrOff(),
    description: 'store weights as 16-bit numbers: files of half the size, slightly other pictures',
    default: false,
    isCommon: true,
  }),
  json,
};
