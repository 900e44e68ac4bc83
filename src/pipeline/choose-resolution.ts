import { UsageError } from '../core/errors.ts';
import type { NetworkEntry } from '../core/profile.ts';

/** Side of the new face's picture in pixels, or `auto`. */
export type ResolutionWish = 'auto' | '256' | '512' | '1024';

/** What a face is made with, and at which side. */
export type FaceSides = {
  /** The generator, its graph that of the side which it makes (`params.size`). */
  readonly generator: NetworkEntry;
  /** Side of the aligned crops: the generator's, or a multiple of it. */
  readonly cropSize: number;
};

/** The sides that a profile's generator can make, ascending: its own, and those of its smaller graphs. */
export function resolutionsOf({ params, extras = {} }: NetworkEntry): readonly number[] {
  const full = params?.['size'];
  const smaller = Object.keys(extras).map(Number).filter(Number.isInteger);
  return [...smaller, ...(typeof full === 'number' ? [full] : [])].sort((a, b) => a - b);
}

/** Share of the aligned crop's side in the frame that the generated picture may lack: a look at some frames may miss the largest. */
const slack = 0.9;

/**
 * How many times its own side a small generator's faces can be. What it makes is enlarged then; eyes, teeth and the marks of a skin, which
 * come from the target's and the source's own pictures, are as fine as these.
 */
const enlarged = 2;
/** A crop must have this many times the generator's side in the frame for that to be worth its time. */
const worthwhile = 1.4;
/** Crops of more than this share of the frame's shorter side are rare. */
const mostOfFrame = 0.75;

/** True for a generator so small that a larger crop shows more than it makes. */
function isSmall({ params }: NetworkEntry): boolean {
  return params?.['isSmall'] === true;
}

/** Whether it depends on the largest face how large faces are made best in frames of this size. */
export function dependsOnFace(
  generator: NetworkEntry,
  frame: { readonly width: number; readonly height: number },
): boolean {
  const sides = resolutionsOf(generator);
  if (sides.length > 1) return true;
  const most = mostOfFrame * Math.min(frame.width, frame.height);
  return isSmall(generator) && most >= worthwhile * (sides[0] ?? Infinity);
}

/**
 * The generator and the crops at a side: its graph stops at the picture of that side, which costs less; a small
 * generator's picture can be enlarged.
 *
 * `auto` takes the smallest side that gives the largest face about as many pixels as the frame has for it; the generator's
 * full one when no face is known.
 *
 * @param largest side of the largest face's aligned crop, in pixels of the frame
 * @throws {UsageError} USAGE_BAD_VALUE when the profile cannot make the side that was asked for
 */
export function sidesAt(entry: NetworkEntry, wish: ResolutionWish, largest?: number): FaceSides {
  const sides = resolutionsOf(entry);
  const full = sides.at(-1) ?? NaN;
  const more = isSmall(entry) ? enlarged * full : undefined;
  if (wish === String(more)) return { generator: entry, cropSize: Number(wish) };
  if (wish === 'auto' && more !== undefined && largest !== undefined && largest >= worthwhile * full) {
    return { generator: entry, cropSize: more };
  }
  const side =
    wish === 'auto'
      ? (sides.find((one) => largest !== undefined && one >= slack * largest) ?? full)
      : Number(wish);
  if (Number.isNaN(side) || side === full) return { generator: entry, cropSize: full };
  const graph = entry.extras?.[side];
  if (!graph) {
    const possible = [...sides, ...(more === undefined ? [] : [more])];
    throw new UsageError(`--resolution cannot be ${side} with this profile.`, {
      code: 'USAGE_BAD_VALUE',
      hint: `It makes faces of ${possible.join(', ')} pixels; use one of these or auto.`,
    });
  }
  return { generator: { ...entry, ...graph, params: { ...entry.params, size: side } }, cropSize: side };
}
