import { label } from '../../core/regions.ts';
import { addDetail, type AddDetail } from '../detail/add-detail.ts';
import { joinRows } from '../image/join-rows.ts';
import { atSide } from '../image/resize-square.ts';
import { lashLines } from '../detail/lash-lines.ts';
import { keepTarget, type KeepTarget } from '../detail/keep-target.ts';
import { matchLight } from '../light/match-light.ts';
import { multiBand } from './multi-band.ts';
import { pasteFace, type Paste } from './paste-face.ts';
import { neckShare, skinRatio, tint, type Neck } from './tint-neck.ts';

/** One generated face and the frame it goes into; typed arrays and numbers only. */
export type BlendFaceInput = Omit<Paste, 'before' | 'after' | 'detailLoss'> & {
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
  const { size, crop, mask, labels, targetSkin, tone, detail, kept, neck } = input;
  const generated = atSide(input.generated, size);
  if (detail) addDetail({ size, generated, labels, ...detail });
  if (tone) {
    const generatedSkin = new Float32Array(labels.length);
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === label.skin || labels[i] === label.nose) generatedSkin[i] = 1;
    }
    const radius = Math.max(1, Math.round(shadingRadius * size));
    matchLight({ size, generated, target: crop, targetSkin, generatedSkin, tone, strength: 1, radius });
  }
  const { targetLabels } = input;
  if (kept.lashes)
    lashLines({ size, generated, crop, labels, targetLabels, points: kept.lashes, map: kept.map });
  keepTarget({ size, generated, crop, targetLabels, labels, ...kept });
  const ratio = neck && skinRatio(generated, crop, labels, targetSkin);
  if (!neck || !ratio) {
    const after = multiBand(crop, generated, mask, size, blendBands);
    pasteFace({ ...input, before: crop, after, detailLoss: 1 });
    return;
  }
  const area = size * size;
  const height = size + neck.below.rows;
  const share = neckShare(neck, size);
  const before = joinRows(crop, area, neck.below);
  const after = before.slice();
  tint(after, share, ratio);
  const under = new Float32Array(3 * area);
  for (let c = 0; c < 3; c++) {
    const from = c * height * size;
    under.set(after.subarray(from, from + area), c * area);
  }
  const blended = multiBand(under, generated, mask, size, blendBands);
  for (let c = 0; c < 3; c++) after.set(blended.subarray(c * area, (c + 1) * area), c * height * size);
  // Fine detail of a neck gets darker with it, but never goes.
  const less = Math.max(faintest, 1 - ratio[1]);
  const whole = new Float32Array(height * size);
  whole.set(mask);
  for (let i = 0; i < whole.length; i++) if (share[i]! > 0) whole[i] = Math.max(whole[i]!, less * share[i]!);
  pasteFace({ ...input, height, mask: whole, before, after, detailLoss: 1 });
}
