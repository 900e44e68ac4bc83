import { z } from 'zod';
import { faceRegions, isRegionName, regionNames, type RegionName } from '../regions.ts';
import { defineOption, listOf, numberFrom, oneOf, onOrOff, readAs, text } from './define.ts';
import { nearest } from './nearest.ts';

/** Which faces of the target are swapped. */
export type FaceChoice =
  | { readonly kind: 'largest' }
  | { readonly kind: 'all' }
  /** Counted from 0, left to right, as the faces first stand in their scene. */
  | { readonly kind: 'indices'; readonly indices: readonly number[] }
  /** The faces of the person on a photo. */
  | { readonly kind: 'like'; readonly photo: string };

/** How far each region goes from the target's texture to the source's, 0…1. */
export type Amounts = Readonly<Record<RegionName, number>>;

/** One source for some of the target's faces; what is left out is as for the whole run. */
export type MapEntry = {
  /** Photos of one person. */
  readonly source: readonly string[];
  readonly faces: FaceChoice;
  readonly amount?: Amounts | undefined;
  readonly regions?: readonly RegionName[] | undefined;
  readonly shape?: number | undefined;
};

/** Regions by name, or the groups `face` and `all`. @throws {Error} that completes "It must be …" */
export function readRegions(value: string | readonly string[]): readonly RegionName[] {
  const names = (typeof value === 'string' ? value.split(',') : [...value]).map((name) => name.trim());
  const chosen = new Set<RegionName>();
  for (const name of names) {
    if (name === 'face') for (const region of faceRegions) chosen.add(region);
    else if (name === 'all') for (const region of regionNames) chosen.add(region);
    else chosen.add(regionOf(name));
  }
  return regionNames.filter((name) => chosen.has(name));
}

function regionOf(name: string): RegionName {
  if (isRegionName(name)) return name;
  const guess = nearest(name, [...regionNames, 'face', 'all']);
  const list = `face, all, or some of ${regionNames.join(', ')}`;
  throw new Error(guess === undefined ? list : `${list}; did you mean ${guess} instead of ${name}?`);
}

/** `0.6` for all regions, or `skin=0.4,lip=1` (others 1). @throws {Error} that completes "It must be …" */
export function readAmounts(value: string | Readonly<Record<string, number>>): Amounts {
  const rule = 'a number from 0 to 1, or region=number pairs such as skin=0.4,lip=1';
  const amounts = Object.fromEntries(regionNames.map((name) => [name, 1])) as Record<RegionName, number>;
  const set = (names: readonly RegionName[], given: unknown): void => {
    const amount = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
    if (typeof amount !== 'number' || !(amount >= 0 && amount <= 1)) throw new Error(rule);
    for (const name of names) amounts[name] = amount;
  };
  if (typeof value !== 'string') {
    for (const [name, amount] of Object.entries(value)) set(readRegions(name), amount);
  } else if (!value.includes('=')) set(regionNames, value);
  else {
    for (const pair of value.split(',')) {
      const [name = '', amount] = pair.split('=');
      set(readRegions(name), amount);
    }
  }
  return amounts;
}

/** `source`, `target`, or a number between (0 = target). @throws {Error} that completes "It must be …" */
export function readShape(value: string | number): number {
  if (value === 'source') return 1;
  if (value === 'target') return 0;
  const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof amount === 'number' && amount >= 0 && amount <= 1) return amount;
  throw new Error('source, target, or a number from 0 (target) to 1 (source)');
}

/** `largest`, `all`, indices `0,2`, or `like:photo.png`. @throws {Error} that completes "It must be …" */
export function readFaces(value: string | number | readonly number[] | FaceChoice): FaceChoice {
  if (typeof value === 'object' && 'kind' in value) return value;
  const rule = 'largest, all, indices from 0 such as 0,2, or like:photo.png';
  const words = typeof value === 'object' ? value.join(',') : String(value).trim();
  if (words === 'largest' || words === 'all') return { kind: words };
  if (words.startsWith('like:') && words.length > 5) return { kind: 'like', photo: words.slice(5) };
  const indices = words.split(',').map((word) => (/^\s*\d+\s*$/.test(word) ? Number(word) : NaN));
  if (indices.some(Number.isNaN)) throw new Error(rule);
  return { kind: 'indices', indices: [...new Set(indices)] };
}

/** `a.png=0`, or an object of a config file. @throws {Error} that completes "It must be …" */
export function readMapEntry(value: string | Readonly<Record<string, unknown>>): MapEntry {
  if (typeof value === 'string') {
    const at = value.lastIndexOf('=');
    if (at < 1) throw new Error('photo=faces pairs such as a.png=0 or b.png=like:bob.png');
    return { source: [value.slice(0, at)], faces: readFaces(value.slice(at + 1)) };
  }
  const parsed = mapEntrySchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(
      `source and faces, with amount, regions and shape if wanted (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`,
    );
  }
  return parsed.data;
}

const mapEntrySchema = z.strictObject({
  source: z.union([z.string().transform((path) => [path]), z.array(z.string()).min(1)]),
  faces: readAs((value) => readFaces(value)),
  amount: readAs((value) => readAmounts(value)).optional(),
  regions: readAs((value) => readRegions(value)).optional(),
  shape: readAs((value) => readShape(value)).optional(),
});

/** What to swap, how far and how: the options of `swap` that are not about files and codecs. */
export const swapOptions = {
  source: defineOption({
    name: 'source',
    flag: '-s, --source <photo>',
    schema: listOf(text('the path of a photo')),
    description: 'photo of the face to put in; several of one person may be given. Left out only with --map',
    isRepeatable: true,
    isCommon: true,
  }),
  regions: defineOption({
    name: 'regions',
    flag: '--regions <names>',
    schema: readAs((value) => readRegions(value)),
    description: `regions that take the source's texture: face, all, or some of ${regionNames.join(', ')}`,
    default: faceRegions,
    isCommon: true,
  }),
  amount: defineOption({
    name: 'amount',
    flag: '--amount <number|region=number,…>',
    schema: readAs((value) => readAmounts(value)),
    description: 'how far texture goes from target (0) to source (1), for all or by region',
    isCommon: true,
  }),
  shape: defineOption({
    name: 'shape',
    flag: '--shape <source|target|number>',
    schema: readAs((value) => readShape(value)),
    description: 'whose face shape is generated: target (0), source (1), or between',
    default: 1,
    isCommon: true,
  }),
  faces: defineOption({
    name: 'faces',
    flag: '--faces <which>',
    schema: readAs((value) => readFaces(value)),
    description:
      'which faces of the target: largest, all, indices from the left such as 0,2, or like:photo.png',
    default: { kind: 'largest' } as FaceChoice,
    isCommon: true,
  }),
  map: defineOption({
    name: 'map',
    flag: '--map <photo=faces>',
    schema: listOf(readAs((value) => readMapEntry(value))),
    description:
      'one source for some faces, e.g. a.png=0; may be given several times, in place of --source and --faces',
    isRepeatable: true,
  }),
  sourceFace: defineOption({
    name: 'sourceFace',
    flag: '--source-face <number>',
    schema: numberFrom(0, 1000, { isWhole: true }),
    description: 'which face of the source photo, from the left, counted from 0; the largest when left out',
  }),
  smooth: defineOption({
    name: 'smooth',
    flag: '--smooth <off|low|medium|high>',
    schema: oneOf(['off', 'low', 'medium', 'high']),
    description: 'smoothing over time, in a window of 0, 1, 3 or 6 frames to each side',
    default: 'medium',
  }),
  light: defineOption({
    name: 'light',
    flag: '--light <match|off>',
    schema: oneOf(['match', 'off']),
    description: "match puts the face into the target's light; off leaves it as generated",
    default: 'match',
  }),
  profile: defineOption({
    name: 'profile',
    flag: '--profile <name|path>',
    schema: text('mini, e4s or the path of a manifest'),
    description: 'set of networks: mini (bundled), e4s (imported), or a manifest',
    default: 'mini',
  }),
  resolution: defineOption({
    name: 'resolution',
    flag: '--resolution <auto|256|512|1024>',
    schema: oneOf(['auto', '256', '512', '1024']),
    description:
      "side of the new face: less is faster; auto is what the largest face of the target has in its frame, up to the profile's",
    unit: 'pixels',
    default: 'auto',
  }),
  device: defineOption({
    name: 'device',
    flag: '--device <name>',
    schema: oneOf(['auto', 'cpu', 'webgpu', 'cuda', 'tensorrt', 'coreml', 'dml']),
    description: 'what runs the networks; one asked for by name is used or the run fails',
    default: 'auto',
  }),
  detectEvery: defineOption({
    name: 'detectEvery',
    flag: '--detect-every <frames>',
    schema: numberFrom(1, 100, { isWhole: true }),
    description: 'the detector looks at every so many frames; faces are tracked between',
    default: 5,
  }),
  requireFace: defineOption({
    name: 'requireFace',
    flag: '--require-face',
    schema: onOrOff(),
    description: 'fail (exit 4) when the target shows no face to swap, where otherwise it is copied',
    default: false,
  }),
  label: defineOption({
    name: 'label',
    flag: '--label',
    schema: onOrOff(),
    description: 'draw a visible mark into the corner of every frame',
    default: false,
  }),
} as const;
