import { globTest } from '../glob.ts';
import { defineOption, listOf, numberFrom, onOrOff, oneOf, readAs, text } from './define.ts';
import { encodeOptions } from './encode.ts';
import { printOptions } from './print.ts';
import { rangeOptions } from './range.ts';
import { swapOptions } from './swap.ts';

/** Where `--metrics` listens. */
export type MetricsAddress = { readonly host: string; readonly port: number };

/** Reads `9400`, `0.0.0.0:9400` or `[::1]:9400`. @throws {Error} that completes "It must be …" */
export function readMetricsAddress(value: string | MetricsAddress): MetricsAddress {
  if (typeof value === 'object') return value;
  const match = /^(?:\[?([^\]]+?)\]?:)?(\d{1,5})$/.exec(value.trim());
  const port = Number(match?.[2]);
  if (!match || port > 65535) throw new Error('a port such as 9400, or an address such as 0.0.0.0:9400');
  return { host: match[1] ?? '127.0.0.1', port };
}

/** Checks a glob and gives it back. */
function readPattern(value: string): string {
  if (typeof value !== 'string' || value === '' || value === '!') throw new Error('a pattern such as *.mp4');
  globTest(value.replace(/^!/, ''));
  return value;
}

/** Files that are taken when no pattern is given. */
const videoPattern = '*.{mp4,m4v,mov,mkv,webm,avi,mts,m2ts,ts,mpg,mpeg,wmv,flv,3gp}';

const { codec, crf, preset, pixelFormat, audio } = encodeOptions;

/** What may differ from file to file: these options may stand in sidecars (`clip.mp4.yaml`, `facet.yaml`). */
export const watchJobOptions = {
  ...swapOptions,
  ...rangeOptions,
  // Without `overwrite`: an output never replaces another one here, it gets a name of its own.
  ...{ codec, crf, preset, pixelFormat, audio },
  container: defineOption({
    name: 'container',
    flag: '--container <name>',
    schema: oneOf(['same', 'mp4', 'm4v', 'mov', 'mkv', 'webm']),
    description:
      "container of the outputs; same keeps the original's, or takes mp4 where it cannot be written",
    default: 'same',
  }),
};

/** How a folder is watched: the same for all its files. */
export const watchFolderOptions = {
  inbox: defineOption({
    name: 'inbox',
    flag: '--inbox <folder>',
    schema: text('the path of a folder'),
    description: 'folder to take videos from, with its subfolders; may also be given without its flag',
    isRequired: true,
    isCommon: true,
  }),
  outputDir: defineOption({
    name: 'outputDir',
    flag: '-o, --output-dir <folder>',
    schema: text('the path of a folder'),
    description: 'folder for the outputs, their reports, and the journal (.facet); made when it is not there',
    isRequired: true,
    isCommon: true,
  }),
  pattern: defineOption({
    name: 'pattern',
    flag: '--pattern <glob>',
    schema: listOf(readAs(readPattern)),
    description:
      'files to take, e.g. *.mp4 or cam*/**/*.mkv; !glob leaves some out; may be given several times',
    default: [videoPattern],
    isRepeatable: true,
    isCommon: true,
  }),
  once: defineOption({
    name: 'once',
    flag: '--once',
    schema: onOrOff(),
    description: 'work on what is there and exit, with the code of the worst result',
    default: false,
    isCommon: true,
  }),
  doneDir: defineOption({
    name: 'doneDir',
    flag: '--done-dir <folder>',
    schema: text('the path of a folder'),
    description: 'finished originals move here; they stay when left out; excludes --delete-done',
    isCommon: true,
  }),
  deleteDone: defineOption({
    name: 'deleteDone',
    flag: '--delete-done',
    schema: onOrOff(),
    description: 'finished originals are deleted; excludes --done-dir',
    default: false,
  }),
  failedDir: defineOption({
    name: 'failedDir',
    flag: '--failed-dir <folder>',
    schema: text('the path of a folder'),
    description: 'originals that cannot be done move here, with a text file that says why',
    isCommon: true,
  }),
  tries: defineOption({
    name: 'tries',
    flag: '--tries <number>',
    schema: numberFrom(1, 1000, { isWhole: true }),
    description: 'how often a file is tried; what can never work (not a video) is not tried again',
    default: 3,
  }),
  retryWait: defineOption({
    name: 'retryWait',
    flag: '--retry-wait <number>',
    schema: numberFrom(0, 86400),
    description: 'wait before the second try; doubles from try to try',
    unit: 'seconds',
    default: 30,
  }),
  settle: defineOption({
    name: 'settle',
    flag: '--settle <number>',
    schema: numberFrom(0, 86400),
    description: 'a file is taken when its size and time have not changed for so long',
    unit: 'seconds',
    default: 3,
  }),
  rescan: defineOption({
    name: 'rescan',
    flag: '--rescan <number>',
    schema: numberFrom(0.1, 86400),
    description:
      'the folder is looked through this often, for changes that were not announced (network shares)',
    unit: 'seconds',
    default: 60,
  }),
  jobs: defineOption({
    name: 'jobs',
    flag: '--jobs <number>',
    schema: numberFrom(1, 64, { isWhole: true }),
    description: 'files worked on at once, as far as memory allows',
    default: 1,
  }),
  grace: defineOption({
    name: 'grace',
    flag: '--grace <number>',
    schema: numberFrom(0, 86400),
    description: 'time a running job may take to finish after SIGTERM; then it is parked for the next start',
    unit: 'seconds',
    default: 30,
  }),
  onDone: defineOption({
    name: 'onDone',
    flag: '--on-done <command|url>',
    schema: text('a command or an http(s) address'),
    description: 'run (report on stdin) or called (POST) after every file, finished or failed',
  }),
  metrics: defineOption({
    name: 'metrics',
    flag: '--metrics <port>',
    schema: readAs((value) => readMetricsAddress(value)),
    description: 'serve Prometheus metrics at /metrics, on 127.0.0.1 unless an address is given (host:port)',
  }),
};

/** What the library's `watch` takes. */
export const watchOptions = { ...watchFolderOptions, ...watchJobOptions };

/** What `facet watch` takes. */
export const watchCommandOptions = {
  ...watchOptions,
  ...printOptions,
  status: defineOption({
    name: 'status',
    flag: '--status',
    schema: onOrOff(),
    description: 'show queue, running jobs and last results of a watch on --output-dir, and exit',
    default: false,
  }),
  printConfig: defineOption({
    name: 'printConfig',
    flag: '--print-config',
    schema: onOrOff(),
    description: 'print all options as they would be used, as a config file, and exit',
    default: false,
  }),
};
