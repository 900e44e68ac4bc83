import { label } from '../../core/regions.ts';
import { boxBlur } from '../blend/blur.ts';

/**
 * What a source photo shows of a face that its own reconstruction lacks: moles, stubble, hairs of the brows, the
 * pattern of the iris. All arrays lie in shared memory, so that workers read them without a copy.
 */
export type SourceDetail = {
  /** Side S of the photo's aligned crop. */
  readonly size: number;
  /** [3,S,S]: photo over reconstruction, minus 1; 0 where there is nothing to tell. */
  readonly ratio: Float32Array;
  /** [S,S]: the photo's label map. */
  readonly labels: Uint8Array;
  /** [P,2] landmarks in the crop's pixels, and how well each is seen. */
  readonly points: Float32Array;
  readonly visibility: Float32Array;
};

/** Regions whose detail belongs to the person. Of eyes, brows and lips everything counts, of skin what is fine. */
const wholeLabels = [label.lip, label.eyebrows, label.eyes];
const fineLabels = [label.skin, label.nose];
/**
 * What a coarse difference in the skin's brightness is, is light's and expression's business: this wide and wider, as
 * a share of the crop. Moles and stubble are finer; the folds of a smile, which the target may not have, are not.
 * Hue and saturation are the person's at any width: a generator's cheeks are redder than most.
 */
const coarseRadius = 4 / 256;
/** How far detail stays away from hair, glasses and the like, as a share of the crop. */
const edgeRadius = 5 / 256;
/** Largest change that counts as fine detail of skin. */
const fineLimit = 0.4;
/** Keeps ratios of dark pixels finite. */
const floor = 0.06;

/**
 * Reads the detail off a photo: the ratio of its crop to its reconstruction, free of coarse differences in the skin's
 * brightness, and fading to 0 towards regions that have none (hair, background, glasses).
 *
 * Shapes: crop, reconstruction [3,S,S] RGB 0…1, labels [S,S], points [P,2], visibility [P].
 */
export function sourceDetail(
  crop: Float32Array,
  reconstruction: Float32Array,
  labels: Uint8Array,
  points: Float32Array,
  visibility: Float32Array,
): SourceDetail {
  const area = labels.length;
  const size = Math.round(Math.sqrt(area));
  const inside = new Float32Array(area);
  const fine = new Float32Array(area);
  for (let i = 0; i < area; i++) {
    const l = labels[i]!;
    if (fineLabels.includes(l)) fine[i] = inside[i] = 1;
    else if (wholeLabels.includes(l)) inside[i] = 1;
  }
  boxBlur(inside, size, size, Math.max(1, Math.round(edgeRadius * size)));
  const ratio = shared(3 * area);
  const radius = Math.max(1, Math.round(coarseRadius * size));
  const cover = Float32Array.from(fine);
  blur(cover, size, radius);
  const coarse = new Float32Array(area);
  for (let i = 0; i < area; i++) coarse[i] = fine[i]! * bounded(lumaAt(crop, i), lumaAt(reconstruction, i));
  blur(coarse, size, radius);
  for (let c = 0; c < 3; c++) {
    const channel = ratio.subarray(c * area, (c + 1) * area);
    for (let i = 0; i < area; i++) {
      let r = bounded(crop[c * area + i]!, reconstruction[c * area + i]!);
      if (fine[i] === 1) r = limited((1 + r) / (1 + coarse[i]! / (cover[i]! + 1e-3)) - 1);
      // Whole inside, fading over the last pixels.
      channel[i] = r * Math.min(1, Math.max(0, 2 * inside[i]! - 1));
    }
  }
  return {
    size,
    ratio,
    labels: new Uint8Array(new SharedArrayBuffer(area)).map((_, i) => labels[i]!),
    points: shared(points.length, points),
    visibility: shared(visibility.length, visibility),
  };
}

/** A photo's value over its reconstruction's, minus 1, within bounds. */
function bounded(value: number, reconstructed: number): number {
  return Math.min(2, Math.max(-0.9, (value + floor) / (reconstructed + floor) - 1));
}

function lumaAt(image: Float32Array, i: number): number {
  const area = image.length / 3;
  return 0.2126 * image[i]! + 0.7152 * image[area + i]! + 0.0722 * image[2 * area + i]!;
}

function limited(ratio: number): number {
  return Math.min(fineLimit, Math.max(-fineLimit, ratio));
}

function blur(image: Float32Array, size: number, radius: number): void {
  for (let pass = 0; pass < 2; pass++) boxBlur(image, size, size, radius);
}

function shared(length: number, values?: Float32Array): Float32Array {
  const out = new Float32Array(new SharedArrayBuffer(4 * length));
  if (values) out.set(values);
  return out;
}
