import { UsageError } from '../core/errors.ts';
import type { NetworkEntry } from '../core/profile.ts';

/** Side of the generated picture in pixels, or `auto`. */
export type ResolutionWish = 'auto' | '256' | '512' | '1024';

/** The sides that a profile's generator can make, ascending: its own, and those of its smaller graphs. */
export function resolutionsOf({ params, extras = {} }: NetworkEntry): readonly number[] {
  const full = params?.['size'];
  const smaller = Object.keys(extras).map(Number).filter(Number.isInteger);
  return [...smaller, ...(typeof full === 'number' ? [full] : [])].sort((a, b) => a - b);
}

/** Share of the aligned crop's side in the frame that the generated picture may lack: a look at some frames may miss the largest. */
const slack = 0.9;

/**
 * The generator at a side: its graph stops at the picture of that side, which costs less.
 *
 * `auto` takes the smallest side that gives the largest face about as many pixels as the frame has for it; the full one
 * when no face is known.
 *
 * @param cropSide side of the largest face's aligned crop, in pixels of the frame
 * @throws {UsageError} USAGE_BAD_VALUE when the profile cannot make the side that was asked for
 */
export function generatorAt(entry: NetworkEntry, wish: ResolutionWish, cropSide?: number): NetworkEntry {
  const sides = resolutionsOf(entry);
  const full = sides.at(-1);
  const side =
    wish === 'auto'
      ? (sides.find((one) => cropSide !== undefined && one >= slack * cropSide) ?? full)
      : Number(wish);
  if (side === undefined || side === full) return entry;
  const graph = entry.extras?.[side];
  if (!graph) {
    throw new UsageError(`--resolution cannot be ${side} with this profile.`, {
      code: 'USAGE_BAD_VALUE',
      hint: `Its generator makes pictures of ${sides.join(', ')} pixels; use one of these or auto.`,
    });
  }
  return { ...entry, ...graph, params: { ...entry.params, size: side } };
}
