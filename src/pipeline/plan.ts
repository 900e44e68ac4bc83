import { stat } from 'node:fs/promises';
import { InputError, UsageError } from '../core/errors.ts';
import type { ResolvedOptions } from '../core/options/define.ts';
import type { Amounts, FaceChoice, MapEntry } from '../core/options/swap.ts';
import type { swapOptions } from '../core/options/swap.ts';
import { regionNames, type RegionName } from '../core/regions.ts';
import { smoothRadius } from '../ops/style/window.ts';

/** One person to put in: whose photos, where, and how far. */
export type PlannedEntry = {
  readonly photos: readonly string[];
  readonly faces: FaceChoice;
  /** How far each region's texture goes; 0 for regions that stay the target's. Length 12. */
  readonly amounts: Float32Array;
  /** How far the shape goes, 0…1. */
  readonly shape: number;
};

/** What a swap will do, whatever it is done to: the part that run, preview and watch have in common. */
export type SwapPlan = {
  readonly entries: readonly PlannedEntry[];
  readonly sourceFace: number | undefined;
  readonly smooth: ResolvedOptions<typeof swapOptions>['smooth'];
  /** Frames to each side that style vectors are steadied over. */
  readonly smoothRadius: number;
  readonly isLightMatched: boolean;
  readonly isLabelled: boolean;
  readonly requireFace: boolean;
  /** The detector looks at every so many frames. */
  readonly detectEvery: number;
  readonly profile: string;
  readonly device: ResolvedOptions<typeof swapOptions>['device'];
  readonly resolution: ResolvedOptions<typeof swapOptions>['resolution'];
  /** What will not be done, one sentence each. */
  readonly leftOut: readonly string[];
};

/**
 * Plans a swap from its options, before anything is opened.
 *
 * @throws {UsageError} when options exclude each other or change nothing
 * @throws {InputError} when a photo is not there
 */
export async function planSwap(options: ResolvedOptions<typeof swapOptions>): Promise<SwapPlan> {
  const entries = entriesOf(options).map((entry) => ({
    photos: entry.source,
    faces: entry.faces,
    amounts: amountsOf(entry.regions ?? options.regions, entry.amount ?? options.amount),
    shape: entry.shape ?? options.shape,
  }));
  for (const entry of entries) {
    for (const photo of entry.photos) await checkPhoto(photo, 'photo');
    if (entry.faces.kind === 'like') await checkPhoto(entry.faces.photo, 'reference photo');
  }
  if (entries.every(({ amounts, shape }) => shape === 0 && amounts.every((amount) => amount === 0))) {
    throw new UsageError('Nothing would be swapped: --amount is 0 and --shape is target.', {
      code: 'USAGE_NOTHING_TO_DO',
      hint: 'Raise --amount, or use --shape source.',
    });
  }
  const leftOut: string[] = [];
  if (entries.length > 1 && entries.slice(0, -1).some(({ faces }) => faces.kind === 'all')) {
    leftOut.push('Sources after one that takes all faces get none: put it last.');
  }
  return {
    entries,
    sourceFace: options.sourceFace,
    smooth: options.smooth,
    smoothRadius: smoothRadius[options.smooth],
    isLightMatched: options.light === 'match',
    isLabelled: options.label,
    requireFace: options.requireFace,
    detectEvery: options.detectEvery,
    profile: options.profile,
    device: options.device,
    resolution: options.resolution,
    leftOut,
  };
}

function entriesOf({ source, faces, map }: ResolvedOptions<typeof swapOptions>): readonly MapEntry[] {
  if (map && map.length > 0) {
    if (source && source.length > 0) {
      throw new UsageError('--source and --map are given together.', {
        code: 'USAGE_CONFLICT',
        hint: 'Give one --map for every source, for example --map a.png=0 --map b.png=1.',
      });
    }
    return map;
  }
  if (source && source.length > 0) return [{ source, faces }];
  throw new UsageError('--source is missing.', {
    code: 'USAGE_MISSING_OPTION',
    hint: 'Give a photo of the face to put in: --source photo.png.',
  });
}

/** Texture amounts by label: what is not among the regions stays the target's. */
export function amountsOf(regions: readonly RegionName[], amounts: Amounts | undefined): Float32Array {
  return Float32Array.from(regionNames, (name) => (regions.includes(name) ? (amounts?.[name] ?? 1) : 0));
}

async function checkPhoto(path: string, what: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new InputError(`The ${what} ${path} cannot be found.`, {
      code: 'INPUT_NOT_FOUND',
      hint: 'Check the path.',
      cause,
    });
  });
  if (!found.isFile()) {
    throw new InputError(`The ${what} ${path} is not a file.`, {
      code: 'INPUT_UNREADABLE',
      hint: 'Name a PNG, JPEG, WebP or AVIF file.',
    });
  }
}
