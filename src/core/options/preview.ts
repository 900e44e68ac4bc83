import { readSeconds, rangeOptions } from './range.ts';
import { defineOption, listOf, numberFrom, onOrOff, readAs, text } from './define.ts';
import { encodeOptions } from './encode.ts';
import { printOptions } from './print.ts';
import { swapOptions } from './swap.ts';
import { targetOption } from './target.ts';

/** Options of which `--compare` can show several values. */
export const comparableNames = ['amount', 'regions', 'shape', 'smooth', 'light'] as const;
export type ComparableName = (typeof comparableNames)[number];

/** Several values of one option, to be seen side by side. */
export type Comparison = {
  readonly name: ComparableName;
  /** Each value as it was written, and as the option takes it. */
  readonly variants: readonly { readonly text: string; readonly value: unknown }[];
};

/** Most variants of one comparison. */
const mostVariants = 12;

/** `0:05,1:02.5`: moments in time. @throws {Error} that completes "It must be …" */
export function readMoments(value: string | readonly (string | number)[]): readonly number[] {
  const words = typeof value === 'string' ? value.split(',') : value.map(String);
  const seconds = words.map((word) => {
    try {
      return readSeconds(word);
    } catch {
      throw new Error('times such as 3.5,0:12,1:02:03.25, separated by commas');
    }
  });
  return [...new Set(seconds)].sort((a, b) => a - b);
}

/**
 * `amount=0.3,0.6,1`: one option and the values to compare. A value that has commas of its own is written with
 * plus signs: `regions=lip+nose,face`, `amount=skin=0.4+lip=1,1`.
 *
 * @throws {Error} that completes "It must be …"
 */
export function readComparison(value: string): Comparison {
  const at = value.indexOf('=');
  const name = comparableNames.find((known) => known === value.slice(0, at).trim());
  if (name === undefined) {
    throw new Error(`NAME=v1,v2,… with one of ${comparableNames.join(', ')}, such as amount=0.3,0.6,1`);
  }
  const words = value
    .slice(at + 1)
    .split(',')
    .map((word) => word.trim());
  if (words.length < 2 || words.length > mostVariants) {
    throw new Error(`${name}= and 2 to ${mostVariants} values, separated by commas`);
  }
  const variants = words.map((word) => {
    const plain = word.replaceAll('+', ',');
    const read = swapOptions[name].schema.safeParse(plain);
    if (read.success) return { text: plain, value: read.data as unknown };
    throw new Error(
      `values that --${name} takes, and ${word} is none: ${read.error.issues[0]?.message ?? ''}`,
    );
  });
  return { name, variants };
}

/** What `preview` takes: what to swap, in which video, which moments of it, and where the page goes. */
export const previewOptions = {
  ...swapOptions,
  target: targetOption,
  range: {
    ...rangeOptions.range,
    description: 'the part to see: times START-END, with a clip; excludes --frames, --at and --auto',
  },
  frames: {
    ...rangeOptions.frames,
    description: 'the part to see: these frames, both included; excludes --range, --at and --auto',
  },
  at: defineOption({
    name: 'at',
    flag: '--at <t1,t2,…>',
    schema: readAs((value) => readMoments(value)),
    description: 'single moments to see; excludes --range, --frames and --auto',
    unit: 'seconds, mm:ss or hh:mm:ss.mmm',
    isCommon: true,
  }),
  auto: defineOption({
    name: 'auto',
    flag: '--auto <number>',
    schema: numberFrom(1, 24, { isWhole: true }),
    description:
      'that many telling moments of the whole file: largest face, turned head, open mouth, covered face, each scene; 6 when nothing else is asked for',
    isCommon: true,
  }),
  outputDir: defineOption({
    name: 'outputDir',
    flag: '-o, --output-dir <folder>',
    schema: text('the path of a folder'),
    description: 'folder to write; default: a new one beside the target',
    isCommon: true,
  }),
  overwrite: { ...encodeOptions.overwrite, description: 'write into the folder when it is not empty' },
  compare: defineOption({
    name: 'compare',
    flag: '--compare <name=v1,v2,…>',
    schema: listOf(readAs((value) => readComparison(value))),
    description: `a grid of variants of the first moment: several values of ${comparableNames.join(', ')}, e.g. amount=0.3,0.6,1`,
    isRepeatable: true,
    isCommon: true,
  }),
};

/** Options of `facet preview`: those of a run, showing the page, and what it tells on the way. */
export const previewCommandOptions = {
  ...previewOptions,
  open: defineOption({
    name: 'open',
    flag: '--open',
    schema: onOrOff(),
    description: 'show the page in the browser when it is ready',
    default: false,
    isCommon: true,
  }),
  ...printOptions,
};
