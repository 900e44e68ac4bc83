import type { OptionGroup } from './define.ts';
import { doctorOptions } from './doctor.ts';
import { inspectOptions } from './inspect.ts';
import { previewCommandOptions } from './preview.ts';
import { modelsImportOptions, modelsListOptions, modelsPullOptions, modelsVerifyOptions } from './models.ts';
import { swapCommandOptions } from './swap-run.ts';
import { watchCommandOptions } from './watch.ts';

/** Every command that has options, with them: what docs/options.md is made from. One line a command. */
export const commandOptions: Readonly<Record<string, OptionGroup>> = {
  swap: swapCommandOptions,
  preview: previewCommandOptions,
  watch: watchCommandOptions,
  inspect: inspectOptions,
  'models list': modelsListOptions,
  'models pull': modelsPullOptions,
  'models import': modelsImportOptions,
  'models verify': modelsVerifyOptions,
  doctor: doctorOptions,
};
