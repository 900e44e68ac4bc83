import { isInnerLabel, label, labelSet } from '../../core/regions.ts';
import type { LabelPicture } from '../labels/label-picture.ts';
import { photoView } from './photo-map.ts';
import { expandGrid } from './thin-plate.ts';
import { warpLabels } from './warp-labels.ts';

/** What a source photo shows where, in its aligned crop. All arrays lie in shared memory, for workers to read. */
export type SourceLabels = LabelPicture & {
  /** Side S of the photo's crop. */
  readonly size: number;
  /** [P,2] landmarks in the crop's pixels, and how well each is seen, 0…1. */
  readonly points: Float32Array;
  readonly visibility: Float32Array;
};

/** What an expression opens and closes: a photo with closed lips has no inside of the mouth to be driven. */
const isExpressive = labelSet([label.lip, label.eyes, label.mouth]);

/** What the source's face may take the place of: the target's own, its neck and ears. */
const isGiving = labelSet([label.eyebrows, label.nose, label.skin, label.belowface, label.ears]);

/** Share of the landmarks around that both pictures must show. */
const leastTrust = 0.5;

/**
 * Drives a source's label map: moves it from the source's landmarks to the driven ones, which have the source's
 * face and the target's pose and expression. Lips, eyes and the inside of the mouth come from the target's own map,
 * moved to the same landmarks, because an expression opens and closes them; so does all that the photo hides or
 * shows something else in front of (a fringe, glasses, a far cheek).
 *
 * Shapes: moved [S,S] (the target's map at the driven landmarks), driven [P,2] in its pixels, visibility [P] ->
 * [S,S]; undefined when too few landmarks are seen in both.
 *
 * @param view what {@link photoView} gives for these landmarks
 */
export function driveLabels(
  source: SourceLabels,
  moved: Uint8Array,
  driven: Float32Array,
  visibility: Float32Array,
  size: number,
  view = photoView(source, driven, visibility, size),
): Uint8Array | undefined {
  if (source.size !== size) {
    throw new RangeError(`source labels are [R,${source.size},${source.size}], expected [R,${size},${size}]`);
  }
  if (!view) return undefined;
  const isMoved = new Uint8Array(moved.length);
  keepLabels(isMoved, moved);
  distrust(isMoved, expandGrid(view.trust, size, isMoved));
  const out = moved.slice();
  warpLabels(source, expandGrid(view.map, size, isMoved), size, out, isMoved);
  takeMoved(out, moved, isMoved);
  return out;
}

// Loops in functions of their own, with arrays only: V8 compiles each once.

/** Marks what does not give way. */
function keepLabels(isMoved: Uint8Array, moved: Uint8Array): void {
  for (let i = 0; i < moved.length; i++) if (!isGiving[moved[i]!]) isMoved[i] = 1;
}

/** Marks where too few landmarks around are seen in both. */
function distrust(isMoved: Uint8Array, trust: Float32Array): void {
  for (let i = 0; i < isMoved.length; i++) if (trust[2 * i]! < leastTrust) isMoved[i] = 1;
}

/** Puts what an expression opens and closes, and what is no face in the photo, back to the moved map's. */
function takeMoved(out: Uint8Array, moved: Uint8Array, isMoved: Uint8Array): void {
  for (let i = 0; i < out.length; i++) {
    if (isMoved[i]) continue;
    const there = out[i]!;
    if (isExpressive[there]) out[i] = isInnerLabel[moved[i]!] ? moved[i]! : label.skin;
    else if (!isInnerLabel[there]) out[i] = moved[i]!;
  }
}
