import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { nearest } from './nearest.ts';

/** Whether an option may be left out: it has a default, it may be missing, or it must be given. */
export type Presence = 'default' | 'optional' | 'required';

/** One option, in one place: from it come its type, its flag and help, the checks and its row in the docs. */
export type Option<Value = unknown, P extends Presence = Presence> = {
  /** Name in code and in the config file, camelCase. */
  readonly name: string;
  /** As commander reads it: `-o, --output <file>`, `--regions <names>`, `-y, --overwrite`. */
  readonly flag: string;
  /** Accepts the value as text (command line) and as it is (config file, library). */
  readonly schema: z.ZodType<Value>;
  /** One sentence: what it does and what it excludes. */
  readonly description: string;
  readonly unit?: string;
  readonly presence: P;
  readonly default?: Value;
  /** True when the flag may be given several times; the value is then an array. */
  readonly isRepeatable: boolean;
  /** One of the few options that most people need: help shows it first. */
  readonly isCommon: boolean;
};

/** Options of a command, by name. Groups are joined by spreading: `{ ...videoOptions, ...encodeOptions }`. */
export type OptionGroup = Readonly<Record<string, Option>>;

/** What a caller may give: everything optional. */
export type GivenOptions<G extends OptionGroup> = {
  readonly [K in keyof G]?: (G[K] extends Option<infer V> ? V : never) | undefined;
};

/** What the inside works with: defaults filled in; only options without a default may be missing. */
export type ResolvedOptions<G extends OptionGroup> = {
  readonly [K in keyof G]: G[K] extends Option<infer V, infer P>
    ? P extends 'optional'
      ? V | undefined
      : V
    : never;
};

type Spec<Value> = {
  readonly name: string;
  readonly flag: string;
  readonly schema: z.ZodType<Value>;
  readonly description: string;
  readonly unit?: string;
  readonly isRepeatable?: boolean;
  readonly isCommon?: boolean;
};

/** An option with its default, or one that must be given, or one that may be missing. */
export function defineOption<Value>(
  spec: Spec<Value> & { readonly default: NoInfer<Value> },
): Option<Value, 'default'>;
export function defineOption<Value>(
  spec: Spec<Value> & { readonly isRequired: true },
): Option<Value, 'required'>;
export function defineOption<Value>(spec: Spec<Value>): Option<Value, 'optional'>;
export function defineOption<Value>(
  spec: Spec<Value> & { readonly default?: Value; readonly isRequired?: boolean },
): Option<Value> {
  const { name, flag, schema, description, unit, isRepeatable = false, isCommon = false } = spec;
  const presence = spec.default !== undefined ? 'default' : spec.isRequired ? 'required' : 'optional';
  return {
    name,
    flag,
    schema,
    description,
    presence,
    isRepeatable,
    isCommon,
    ...(unit === undefined ? {} : { unit }),
    ...(spec.default === undefined ? {} : { default: spec.default }),
  };
}

/** `--crf`, from `--crf <number>` or `-c, --crf <number>`. */
export function longFlag(flag: string): string {
  return /--[a-z][a-z0-9-]*/.exec(flag)?.[0] ?? flag;
}

/**
 * Checks what was given against a command's options and fills in the defaults. Unknown names, missing required
 * ones and wrong values are {@link UsageError}s that name the flag.
 *
 * @param where where the values come from, for the message, e.g. `the config file swap.yaml`
 */
export function resolveOptions<G extends OptionGroup>(
  group: G,
  given: Readonly<Record<string, unknown>>,
  where?: string,
): ResolvedOptions<G> {
  const resolved: Record<string, unknown> = {};
  const place = where === undefined ? '' : ` in ${where}`;
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(group, name)) continue;
    const guess = nearest(name, Object.keys(group));
    throw new UsageError(`There is no option \`${name}\`${place}.`, {
      code: 'USAGE_UNKNOWN_OPTION',
      hint:
        guess === undefined
          ? `The options are ${Object.keys(group).join(', ')}.`
          : `Did you mean \`${guess}\`?`,
    });
  }
  for (const [name, option] of Object.entries(group)) {
    const value = given[name];
    if (value === undefined) {
      if (option.presence === 'required') {
        throw new UsageError(`${longFlag(option.flag)} is missing${place}.`, {
          code: 'USAGE_MISSING_OPTION',
          hint: `Give it: ${option.flag.replace(/^-\w, /, '')}. ${option.description}`,
        });
      }
      resolved[name] = option.default;
      continue;
    }
    resolved[name] = checkOption(option, value, place);
  }
  return resolved as ResolvedOptions<G>;
}

function checkOption(option: Option, value: unknown, place: string): unknown {
  const values: unknown = option.isRepeatable && !Array.isArray(value) ? [value] : value;
  const result = option.schema.safeParse(values);
  if (result.success) return result.data;
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  const unit = option.unit === undefined ? '' : ` (${option.unit})`;
  throw new UsageError(`${longFlag(option.flag)} cannot be "${shown}"${place}.`, {
    code: 'USAGE_BAD_VALUE',
    hint: `It must be ${result.error.issues[0]?.message ?? 'another value'}${unit}.`,
    cause: result.error,
  });
}

/** A number within bounds, also as text. The message reads "It must be a number from A to B." */
export function numberFrom(min: number, max: number, { isWhole = false } = {}): z.ZodType<number> {
  const kind = isWhole ? 'a whole number' : 'a number';
  const message = max === Infinity ? `${kind}, ${min} or more` : `${kind} from ${min} to ${max}`;
  return z
    .unknown()
    .transform((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value))
    .refine(
      (value) =>
        typeof value === 'number' &&
        value >= min &&
        value <= max &&
        (Number.isFinite(value) || max === Infinity) &&
        (!isWhole || Number.isInteger(value)),
      { message },
    ) as unknown as z.ZodType<number>;
}

/** One of a list of words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
): z.ZodType<Words[number]> {
  return z.enum(words, { message: `one of ${words.join(', ')}` });
}

/** Text that is not empty. `what` completes "It must be …". */
export function text(what = 'some text'): z.ZodType<string> {
  return z.string({ message: what }).min(1, { message: what });
}

/** Text that a function reads; what the function throws must complete "It must be …". */
export function readAs<Value>(read: (text: string) => Value): z.ZodType<Value> {
  return z.unknown().transform((value, context) => {
    try {
      return read(typeof value === 'number' ? String(value) : (value as string));
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

/** A switch that is off unless given. */
export function onOrOff(): z.ZodType<boolean> {
  return z.boolean({ message: 'true or false' });
}

/** Several values of one kind; for repeatable options. */
export function listOf<Value>(item: z.ZodType<Value>): z.ZodType<readonly Value[]> {
  return z.array(item).readonly();
}
