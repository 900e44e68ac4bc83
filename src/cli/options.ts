import { readFile } from 'node:fs/promises';
import { Option as Flag, type Command } from 'commander';
import { InputError, UsageError } from '../core/errors.ts';
import {
  resolveOptions,
  type Option,
  type OptionGroup,
  type ResolvedOptions,
} from '../core/options/define.ts';

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
  const { config, ...rest } = flags;
  const names = new Map(Object.values(group).map((option) => [toFlag(option).attributeName(), option.name]));
  const given: Record<string, unknown> = {};
  for (const [attribute, value] of Object.entries(rest)) {
    const name = names.get(attribute);
    if (name !== undefined && value !== undefined) given[name] = value;
  }
  if (typeof config !== 'string') return resolveOptions(group, given);
  const fromFile = await readConfig(config);
  // The file is checked by itself, so that a message can say where a wrong value stands; what must be given may
  // stand in either.
  const relaxed = Object.fromEntries(
    Object.entries(group).map(([name, option]) => [name, { ...option, presence: 'optional' as const }]),
  );
  resolveOptions(relaxed, fromFile, `the config file ${config}`);
  return resolveOptions(group, { ...fromFile, ...given });
}

async function readConfig(path: string): Promise<Readonly<Record<string, unknown>>> {
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
  let value: unknown;
  try {
    // Loaded only when there is a config file: it takes longer than all the rest of a short command's start.
    const { parse } = await import('yaml');
    value = parse(content);
  } catch (cause) {
    throw new UsageError(`The config file ${path} is neither YAML nor JSON.`, {
      code: 'USAGE_BAD_CONFIG',
      hint: cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'Check its syntax.',
      cause,
    });
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new UsageError(`The config file ${path} does not hold options by name.`, {
      code: 'USAGE_BAD_CONFIG',
      hint: 'Write one `name: value` a line.',
    });
  }
  return value as Readonly<Record<string, unknown>>;
}

function toFlag(option: Option): Flag {
  const unit = option.unit === undefined ? '' : ` (${option.unit})`;
  const shown = Array.isArray(option.default) ? option.default.join(',') : String(option.default);
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
