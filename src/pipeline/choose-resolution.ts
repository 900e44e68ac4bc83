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

/**
 * The generator at a side: its graph stops at the picture of that side, which costs less.
 *
 * `auto` takes the smallest side that is not below the shorter side of the target's picture, since no face in it is
 * larger; without a picture the full one.
 *
 * @throws {UsageError} USAGE_BAD_VALUE when the profile cannot make the side that was asked for
 */
export function generatorAt(
  entry: NetworkEntry,
  wish: ResolutionWish,
  picture?: { readonly width: number; readonly height: number },
): NetworkEntry {
  const sides = resolutionsOf(entry);
  const full = sides.at(-1);
  const needed = wish !== 'auto' ? Number(wish) : picture && Math.min(picture.width, picture.height);
  const side =
    wish === 'auto' ? (sides.find((one) => needed !== undefined && one >= needed) ?? full) : needed;
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
