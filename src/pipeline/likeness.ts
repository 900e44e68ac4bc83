import { lastValueFrom, of } from 'rxjs';
import { NoFaceError } from '../core/errors.ts';
import type { Tell } from '../core/events.ts';
import type { Appearance, TrackedFace } from '../core/faces.ts';
import { Item } from '../core/item.ts';
import { Scope } from '../core/scope.ts';
import { readPhoto } from '../media/photo.ts';
import { appearanceDistance } from '../ops/track/appearance.ts';
import type { ChooseOptions } from '../stages/choose.ts';
import { StageTimings } from '../stages/timings.ts';
import { photoFrame } from './photo-frame.ts';
import type { Part } from './swap-work.ts';

/** Photos with a longer side are scaled down to this. */
const longestPx = 2048;

/**
 * Reads who is on some photos, and gives what tells how unlike a tracked face is: below 1 it is rather that person.
 *
 * @throws {NoFaceError} naming the photo without a face
 */
export async function readLikeness(
  photos: readonly string[],
  faces: Part<never, TrackedFace>,
  tell: Tell,
): Promise<NonNullable<ChooseOptions['unlike']>> {
  const known = new Map<string, Appearance | undefined>();
  for (const photo of new Set(photos)) known.set(photo, await looksOf(photo, faces, tell));
  return (photo, { appearance }) => appearanceDistance(known.get(photo), appearance) ?? Infinity;
}

async function looksOf(
  photo: string,
  faces: Part<never, TrackedFace>,
  tell: Tell,
): Promise<Appearance | undefined> {
  const found = await trackPhoto(photo, faces, tell);
  if (found.length === 0) {
    throw new NoFaceError(`No face was found in ${photo}.`, {
      code: 'NO_FACE_IN_REFERENCE',
      hint: 'Use a photo that shows the person from the front, at least 64 px wide.',
    });
  }
  const largest = found.reduce((a, b) => (b.box.w * b.box.h > a.box.w * a.box.h ? b : a));
  return largest.appearance;
}

/** The faces of a photo, found as those of a video are. */
export async function trackPhoto(
  path: string,
  faces: Part<never, TrackedFace>,
  tell: Tell,
): Promise<readonly TrackedFace[]> {
  const frame = photoFrame(await readPhoto(path, longestPx));
  const scope = new Scope();
  try {
    const context = { scope, tell, timings: new StageTimings() };
    const item = await lastValueFrom(of(new Item<never>(frame, [])).pipe(faces.in(context)));
    item.release();
    return item.faces;
  } finally {
    await scope.close();
  }
}
