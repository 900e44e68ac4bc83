import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Option as Flag, type Command } from 'commander';
import { InputError } from '../core/errors.ts';
import { readConfigText } from '../core/options/config.ts';
import {
  resolveOptions,
  type Option,
  type OptionGroup,
  type ResolvedOptions,
} from '../core/options/define.ts';
import { absolutePaths, layerOptions } from '../core/options/paths.ts';

/** Adds a group's flags to a command, with --config; common ones first, the others under their own heading. */
export function addOptions(command: Command, group: OptionGroup): Command {
  const options = Object.values(group);
  const common = options.filter((option) => option.isCommon);
  command.optionsGroup('Options:');
  for (const option of common) command.addOption(toFlag(option));
  command.optionsGroup(common.length > 0 ? 'More options:' : 'Options:');
  for (const option of options) if (!option.isCommon) command.addOption(toFlag(option));
  command.option('--config <file>', 'YAML or JSON file with options by name; flags win over it');
  return command;
}

/** Reads a command's flags and its config file into checked options. */
export async function readOptions<G extends OptionGroup>(
  group: G,
  flags: Readonly<Record<string, unknown>>,
): Promise<ResolvedOptions<G>> {
  const given = givenFlags(group, flags);
  const { config } = flags;
  if (typeof config !== 'string') return resolveOptions(group, given);
  const fromFile = await readConfig(group, config);
  return resolveOptions(group, layerOptions(fromFile, given));
}

/** What was given on the command line, by the options' names and not yet checked. */
export function givenFlags(
  group: OptionGroup,
  flags: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const names = new Map(Object.values(group).map((option) => [toFlag(option).attributeName(), option.name]));
  const given: Record<string, unknown> = {};
  for (const [attribute, value] of Object.entries(flags)) {
    const name = names.get(attribute);
    if (name !== undefined && value !== undefined) given[name] = value;
  }
  return given;
}

/**
 * Reads and checks a config file by itself, so that a message can say where a wrong value stands. Relative paths in it are
 * taken from the folder that it lies in, wherever the command was started.
 */
export async function readConfig(
  group: OptionGroup,
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError(`The config file ${path} cannot be read.`, {
      code: 'CONFIG_UNREADABLE',
      hint: 'Check the path given with --config.',
      cause,
    });
  }
  const given = await readConfigText(group, content, `the config file ${path}`);
  return absolutePaths(given, dirname(resolve(path)));
}

/** A default as the user would write it; `{ kind: 'largest' }` is `largest`. */
function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' && value !== null && 'kind' in value ? String(value.kind) : String(value);
}

function toFlag(option: Option): Flag {
  const unit = option.unit === undefined ? '' : ` (${option.unit})`;
  const shown = wordsOf(option.default);
  const preset = option.default === undefined || option.default === false ? '' : ` [${shown}]`;
  const flag = new Flag(option.flag, `${option.description}${unit}${preset}`);
  if (option.isRepeatable) {
    flag.argParser((value: string, before: unknown) => [
      ...(Array.isArray(before) ? (before as string[]) : []),
      value,
    ]);
  }
  return flag;
}
