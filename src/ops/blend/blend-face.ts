import type { BelowCrop } from '../../core/faces.ts';
import { label } from '../../core/regions.ts';
import { addDetail, type AddDetail } from '../detail/add-detail.ts';
import { atSide } from '../image/resize-square.ts';
import { lashLines } from '../detail/lash-lines.ts';
import { keepTarget, type KeepTarget } from '../detail/keep-target.ts';
import { matchLight } from '../light/match-light.ts';
import { multiBand } from './multi-band.ts';
import { cutPart, partUnder, type CropPart } from './crop-part.ts';
import { pasteFace, pasteMargin, type Paste } from './paste-face.ts';
import { neckShare, skinRatio, tint, type Neck } from './tint-neck.ts';

/** One generated face and the frame it goes into; typed arrays and numbers only. */
export type BlendFaceInput = Omit<Paste, 'part' | 'before' | 'after' | 'detailLoss'> & {
  /** Side S of the crop. */
  readonly size: number;
  /** [S,S] 0…1: how much of each pixel is new. */
  readonly mask: Float32Array;
  /** [3,S,S] RGB 0…1: the target's crop. */
  readonly crop: Float32Array;
  /** [3,T,T] RGB 0…1; enlarged where T is less than S. */
  readonly generated: Float32Array;
  /** [S,S]: the label map it was generated into, and the target's own. */
  readonly labels: Uint8Array;
  readonly targetLabels: Uint8Array;
  /** [S,S] 0…1: where the target surely shows skin. */
  readonly targetSkin: Float32Array;
  /** Mean colour that the skin shall have; undefined leaves the light as generated. */
  readonly tone: readonly [number, number, number] | undefined;
  /** The source's own detail; undefined leaves the face as generated. */
  readonly detail: Pick<AddDetail, 'detail' | 'driven' | 'visibility' | 'view' | 'amounts'> | undefined;
  /** The target's neck, which takes the new skin's colour; undefined where it is replaced with the face. */
  readonly neck?: Neck | undefined;
  /** Inner regions that stay the target's own picture. */
  readonly kept: Pick<KeepTarget, 'regions' | 'map' | 'iris'> & {
    /** The target's landmarks [P,2] in crop pixels, to draw the lash lines of its eyes by; undefined draws none. */
    readonly lashes?: Float32Array | undefined;
  };
};

/** Bands of the blend: colour changes over within about 2^bands pixels of the mask's edge. */
const blendBands = 2;
/** Mask of what only changes its colour: enough to be written. */
const faintest = 1 / 256;
/** Radius of the shading's blur, as a share of the crop. */
const shadingRadius = 7 / 256;

/** Adds the source's detail to a generated face, puts it into the target's light, blends it with the target's crop and pastes it into the planes. */
export function blendFace(input: BlendFaceInput): void {
  const { size, crop, mask, labels, targetLabels, targetSkin, tone, detail, kept, neck } = input;
  const generated = atSide(input.generated, size);
  if (detail) {
    const { driven, visibility, view, amounts } = detail;
    addDetail({ size, generated, labels, detail: detail.detail, driven, visibility, view, amounts });
  }
  if (tone) {
    const generatedSkin = skinOf(labels);
    const radius = Math.max(1, Math.round(shadingRadius * size));
    matchLight({ size, generated, target: crop, targetSkin, generatedSkin, tone, strength: 1, radius });
  }
  const { regions, map, iris, lashes } = kept;
  if (lashes) lashLines({ size, generated, crop, labels, targetLabels, points: lashes, map });
  keepTarget({ size, generated, crop, targetLabels, labels, regions, map, iris });
  const ratio = neck && skinRatio(generated, crop, labels, targetSkin);
  const share = neck && ratio && neckShare(neck, size);
  // Fine detail of a neck gets darker with it, but never goes.
  const whole = share && ratio ? withNeck(mask, share, Math.max(faintest, 1 - ratio[1])) : mask;
  const unit = 2 ** blendBands;
  const margin = Math.max(4 * unit, pasteMargin(input.cropFromFrame, input.layout));
  const part = partUnder(whole, size, whole.length / size, margin, unit);
  if (!part) return;
  const before = cutPart(crop, 3, size, part);
  if (neck && share) cutBelow(before, neck.below, size, part);
  const after = before.slice();
  if (share && ratio) tint(after, cutPart(share, 1, size, part), ratio);
  blendPart(after, generated, mask, size, part);
  const { data, layout, color, cropFromFrame, frameFromCrop } = input;
  pasteFace({
    data,
    layout,
    color,
    cropFromFrame,
    frameFromCrop,
    part,
    mask: cutPart(whole, 1, size, part),
    before,
    after,
    detailLoss: 1,
  });
}

/** 1 where labels say skin or nose. */
function skinOf(labels: Uint8Array): Float32Array {
  const skin = new Float32Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === label.skin || labels[i] === label.nose) skin[i] = 1;
  }
  return skin;
}

/** A face's mask, and `most` of a neck that goes on below it: [S,S], [H,S] -> [H,S]. */
function withNeck(mask: Float32Array, share: Float32Array, most: number): Float32Array {
  const out = new Float32Array(share.length);
  out.set(mask);
  for (let i = 0; i < out.length; i++) {
    if (share[i]! > 0) out[i] = Math.max(out[i]!, most * share[i]!);
  }
  return out;
}

/** Adds to a part of a crop what it has below the crop. */
function cutBelow(picture: Float32Array, below: BelowCrop, size: number, part: CropPart): void {
  const first = Math.max(0, size - part.top);
  if (first >= part.height) return;
  const rows = { ...part, top: part.top + first - size, height: part.height - first };
  const cut = cutPart(below.crop, 3, size, rows);
  const area = rows.width * rows.height;
  for (let c = 0; c < 3; c++) {
    picture.set(cut.subarray(c * area, (c + 1) * area), (c * part.height + first) * part.width);
  }
}

/** Blends the generated face into a part of the crop, in place, as far as the crop goes. */
function blendPart(
  picture: Float32Array,
  generated: Float32Array,
  mask: Float32Array,
  size: number,
  part: CropPart,
): void {
  const height = Math.min(part.height, size - part.top);
  if (height <= 0) return;
  const face = { ...part, height };
  const under =
    height === part.height ? picture : cutPart(picture, 3, part.width, { ...face, left: 0, top: 0 });
  multiBand(
    under,
    cutPart(generated, 3, size, face),
    cutPart(mask, 1, size, face),
    part.width,
    blendBands,
    under,
  );
  if (under === picture) return;
  const area = part.width * height;
  for (let c = 0; c < 3; c++) {
    picture.set(under.subarray(c * area, (c + 1) * area), c * part.width * part.height);
  }
}
