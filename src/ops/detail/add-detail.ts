import { photoView, type PhotoView } from '../drive/photo-map.ts';
import { expandGrid } from '../drive/thin-plate.ts';
import { eyesOf, rimBox, rimDistance, rimOpening, rimWidth } from './eye-rims.ts';
import type { SourceDetail } from './source-detail.ts';

export type AddDetail = {
  /** Side S of the generated crop. */
  readonly size: number;
  /** [3,S,S] RGB 0…1, changed in place. */
  readonly generated: Float32Array;
  /** [S,S]: the label map it was generated into. */
  readonly labels: Uint8Array;
  readonly detail: SourceDetail;
  /** [P,2] driven landmarks in the generated crop's pixels, and how well each is seen there. */
  readonly driven: Float32Array;
  readonly visibility: Float32Array;
  /** What `photoView` gives for these landmarks, where that is known already. */
  readonly view?: PhotoView | undefined;
  /** 0…1 by label, length 12: how much of the source's texture a region takes. */
  readonly amounts: Float32Array;
};

/** Amounts up to this cannot be seen. */
const least = 0.01;

/**
 * Puts the source's own detail on to a generated face: the photo's ratio to its reconstruction, warped from the
 * photo's landmarks to the driven ones. Only where both show the same region, and less the fewer of the landmarks
 * around are seen in both pictures; a cheek that the photo hides gets none.
 *
 * @returns false when too few landmarks are seen in both
 */
export function addDetail(input: AddDetail): boolean {
  const { size, generated, labels, detail, driven, visibility, amounts } = input;
  const view = input.view ?? photoView(detail, driven, visibility, size);
  if (!view) return false;
  const area = size * size;
  const isSkipped = new Uint8Array(area);
  for (let i = 0; i < area; i++) if (amounts[labels[i]!]! <= least) isSkipped[i] = 1;
  const from = expandGrid(view.map, size, isSkipped);
  const trust = expandGrid(view.trust, size, isSkipped);
  const lids = lidShare(detail.points, driven, size);
  const side = detail.size;
  const last = side - 1;
  for (let i = 0; i < area; i++) {
    const l = labels[i]!;
    const amount = amounts[l]! * trust[2 * i]! * (lids?.[i] ?? 1);
    if (amount <= least) continue;
    const x = from[2 * i]! - 0.5;
    const y = from[2 * i + 1]! - 0.5;
    if (x < 0 || y < 0 || x >= last || y >= last) continue;
    const x0 = x | 0;
    const y0 = y | 0;
    const at = y0 * side + x0;
    const fx = x - x0;
    const fy = y - y0;
    // Each of the four neighbours has a say only when it shows the same region.
    const w00 = detail.labels[at] === l ? (1 - fx) * (1 - fy) : 0;
    const w10 = detail.labels[at + 1] === l ? fx * (1 - fy) : 0;
    const w01 = detail.labels[at + side] === l ? (1 - fx) * fy : 0;
    const w11 = detail.labels[at + side + 1] === l ? fx * fy : 0;
    const k = side * side;
    for (let c = 0, j = at; c < 3; c++, j += k) {
      const r =
        w00 * detail.ratio[j]! +
        w10 * detail.ratio[j + 1]! +
        w01 * detail.ratio[j + side]! +
        w11 * detail.ratio[j + side + 1]!;
      generated[c * area + i]! *= 1 + amount * r;
    }
  }
  return true;
}

/** An eye's share of its opening in the photo at which lids take nothing from there, and from which they take all. */
const shut = 0.5;
const open = 0.9;
/** How far lids reach from the rim, in widths of the eye. */
const lidReach = 0.4;

/**
 * How much of the photo's detail lids may take, [S,S] 0…1; undefined where it is all. Lids that are shut, or nearly, show
 * skin that an open eye hides; the photo has rims, folds and lashes of an open one for them, which would be drawn on it.
 */
function lidShare(points: Float32Array, driven: Float32Array, size: number): Float32Array | undefined {
  const before = eyesOf(points);
  const now = eyesOf(driven);
  let share: Float32Array | undefined;
  now.forEach((eye, k) => {
    const opening = rimOpening(eye) / Math.max(0.02, rimOpening(before[k]!));
    const taken = Math.min(1, Math.max(0, (opening - shut) / (open - shut)));
    if (taken === 1) return;
    share ??= new Float32Array(size * size).fill(1);
    const far = lidReach * rimWidth(eye);
    const { left, top, right, bottom } = rimBox(eye, size, lidReach);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const near = Math.min(1, Math.max(0, (2 * (far - rimDistance(eye, x + 0.5, y + 0.5))) / far));
        const least = 1 - near * (1 - taken);
        share[y * size + x] = Math.min(share[y * size + x]!, least);
      }
    }
  });
  return share;
}
