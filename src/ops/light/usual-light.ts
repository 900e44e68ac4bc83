import type { Appearance } from '../../core/faces.ts';
import { appearanceDistance } from '../track/appearance.ts';
import { averageLight, type LightFacts } from './light-facts.ts';

/** The light that some frame of a file shows a face in, and how that face looks. */
export type SeenLight = { readonly appearance: Appearance | undefined; readonly light: LightFacts };

/** What a face's own light counts for, beside 1 for a frame that surely shows the same person. */
const own = 0.05;
/** Steepness of the way from one person to another, at the distance where either is as likely. */
const steepness = 8;

/**
 * The light that a person is seen in on average, over some frames of the whole file. What a frame's light differs by
 * from this is a difference of light: the person's skin is the same.
 *
 * Every frame has a say by how much its face looks like this one, so that nothing jumps where it is not sure who is who. A
 * face that is like none of them gets the light of the frames around it back.
 */
export function usualLight(
  seen: readonly SeenLight[],
  face: { readonly appearance?: Appearance | undefined; readonly nearLight: LightFacts },
): LightFacts {
  const weights = seen.map(({ appearance }) => {
    const unlike = appearanceDistance(appearance, face.appearance);
    return unlike === undefined ? 0 : 1 / (1 + unlike ** steepness);
  });
  return averageLight([...seen.map(({ light }) => light), face.nearLight], [...weights, own]);
}
