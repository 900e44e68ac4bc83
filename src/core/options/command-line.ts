import { faceRegions, regionNames, type RegionName } from '../regions.ts';
import type { Range } from '../range.ts';
import { longFlag, type Option, type OptionGroup } from './define.ts';
import type { Comparison } from './preview.ts';
import type { Amounts, FaceChoice, MapEntry } from './swap.ts';

/**
 * The words of a command line that says the given options, without those that have their default.
 *
 * @returns undefined when some value can stand in a config file only (a map entry with settings of its own)
 */
export function commandWords(
  group: OptionGroup,
  options: Readonly<Record<string, unknown>>,
): readonly string[] | undefined {
  const words: string[] = [];
  for (const [name, option] of Object.entries(group)) {
    const value = options[name];
    if (value === undefined || isDefault(option, value)) continue;
    const flag = longFlag(option.flag);
    if (value === true || value === false) {
      words.push(flag);
      continue;
    }
    for (const one of option.isRepeatable ? (value as readonly unknown[]) : [value]) {
      const text = textOf(name, one);
      if (text === undefined) return undefined;
      // A value that looks like a flag is tied to its own.
      words.push(...(text.startsWith('-') ? [`${flag}=${text}`] : [flag, text]));
    }
  }
  return words;
}

/** One line for a POSIX shell: every word is taken as it is, whatever it holds. */
export function shellLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

function isDefault(option: Option, value: unknown): boolean {
  return option.presence === 'default' && JSON.stringify(option.default) === JSON.stringify(value);
}

/** A value as its flag takes it; undefined when no flag can say it. */
function textOf(name: string, value: unknown): string | undefined {
  switch (name) {
    case 'regions':
      return regionsText(value as readonly RegionName[]);
    case 'amount':
      return amountText(value as Amounts);
    case 'shape':
      return value === 0 ? 'target' : value === 1 ? 'source' : String(value);
    case 'faces':
      return facesText(value as FaceChoice);
    case 'map':
      return mapText(value as MapEntry);
    case 'range':
    case 'frames':
      return rangeText(value as Range);
    case 'at':
      return (value as readonly number[]).join(',');
    case 'compare': {
      const { name: compared, variants } = value as Comparison;
      return `${compared}=${variants.map(({ text }) => text.replaceAll(',', '+')).join(',')}`;
    }
    default:
      return String(value);
  }
}

function regionsText(regions: readonly RegionName[]): string {
  if (regions.length === regionNames.length) return 'all';
  return regions.join() === faceRegions.join() ? 'face' : regions.join(',');
}

function amountText(amounts: Amounts): string {
  const [first, ...others] = regionNames.map((name) => amounts[name]);
  if (others.every((amount) => amount === first)) return String(first);
  return regionNames
    .filter((name) => amounts[name] !== 1)
    .map((name) => `${name}=${amounts[name]}`)
    .join(',');
}

function facesText(faces: FaceChoice): string {
  switch (faces.kind) {
    case 'indices':
      return faces.indices.join(',');
    case 'like':
      return `like:${faces.photo}`;
    case 'largest':
    case 'all':
      return faces.kind;
  }
}

function mapText({ source, faces, amount, regions, shape }: MapEntry): string | undefined {
  const [photo, ...others] = source;
  if (photo === undefined || others.length > 0) return undefined;
  if (amount !== undefined || regions !== undefined || shape !== undefined) return undefined;
  return `${photo}=${facesText(faces)}`;
}

function rangeText(range: Range): string {
  return range.kind === 'time'
    ? `${range.startSeconds}-${range.endSeconds ?? ''}`
    : `${range.first}-${range.last ?? ''}`;
}
