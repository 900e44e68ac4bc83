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
  const shares = Float32Array.from(amounts, (amount) => (amount <= least ? 0 : amount));
  const isSkipped = withoutShare(labels, shares);
  const trust = expandGrid(view.trust, size, isSkipped);
  const amount = amountOf(labels, shares, trust, lidShare(detail.points, driven, size));
  const from = expandGrid(view.map, size, isSkipped);
  multiplyDetail(generated, labels, amount, from, detail.ratio, detail.labels, detail.size);
  return true;
}

/** 1 where labels are of regions that take nothing. */
function withoutShare(labels: Uint8Array, shares: Float32Array): Uint8Array {
  const out = new Uint8Array(labels.length);
  for (let i = 0; i < out.length; i++) if (shares[labels[i]!] === 0) out[i] = 1;
  return out;
}

/** How much of the photo's detail each pixel takes: by its region, by the landmarks around that are seen, and by what lids may. */
function amountOf(
  labels: Uint8Array,
  shares: Float32Array,
  trust: Float32Array,
  lids: Float32Array | undefined,
): Float32Array {
  const out = new Float32Array(labels.length);
  for (let i = 0; i < out.length; i++) out[i] = shares[labels[i]!]! * trust[2 * i]!;
  if (lids) for (let i = 0; i < out.length; i++) out[i]! *= lids[i]!;
  return out;
}

/**
 * Multiplies a picture by the photo's detail, read from where each pixel lies in the photo. Arrays and numbers only, as all
 * that loops over pixels: V8 compiles it once.
 */
function multiplyDetail(
  generated: Float32Array,
  labels: Uint8Array,
  amounts: Float32Array,
  from: Float32Array,
  ratio: Float32Array,
  photoLabels: Uint8Array,
  side: number,
): void {
  const area = labels.length;
  const last = side - 1;
  for (let i = 0; i < area; i++) {
    const amount = amounts[i]!;
    if (amount <= least) continue;
    const l = labels[i]!;
    const x = from[2 * i]! - 0.5;
    const y = from[2 * i + 1]! - 0.5;
    if (x < 0 || y < 0 || x >= last || y >= last) continue;
    const x0 = x | 0;
    const y0 = y | 0;
    const at = y0 * side + x0;
    const fx = x - x0;
    const fy = y - y0;
    // Each of the four neighbours has a say only when it shows the same region.
    const w00 = photoLabels[at] === l ? (1 - fx) * (1 - fy) : 0;
    const w10 = photoLabels[at + 1] === l ? fx * (1 - fy) : 0;
    const w01 = photoLabels[at + side] === l ? (1 - fx) * fy : 0;
    const w11 = photoLabels[at + side + 1] === l ? fx * fy : 0;
    const k = side * side;
    for (let c = 0, j = at; c < 3; c++, j += k) {
      const r = w00 * ratio[j]! + w10 * ratio[j + 1]! + w01 * ratio[j + side]! + w11 * ratio[j + side + 1]!;
      generated[c * area + i]! *= 1 + amount * r;
    }
  }
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
