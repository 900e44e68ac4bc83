import { innerFaceLabels, regionNames, type RegionName } from '../src/core/regions.ts';
import {
  addError,
  errorChange,
  lumaOf,
  psnr,
  shareChanged,
  ssim,
  type ErrorSum,
} from './quality-measures.ts';

/** The face itself; ears and neck, of which the crop shows a part only, have lines of their own. */
const faceLabels = new Set(innerFaceLabels);
/** Regions with a line of their own. */
const reported: readonly RegionName[] = [
  'skin',
  'nose',
  'eyes',
  'eyebrows',
  'lip',
  'mouth',
  'ears',
  'belowface',
];

export type Rows = {
  /** dB, over all face pixels of all frames together. */
  psnr: number;
  /** Mean over frames. */
  ssim: number;
  byRegion: Partial<Record<RegionName, number>>;
  /** Share of occluder pixels that differ from the target by more than 8 levels. */
  occluderChanged: number;
  /** Temporal change of the result's luma in the face, over the truth's own: 1 = as steady as the truth. */
  flickerRatio: number;
  /** Mean absolute temporal change of (result − truth), levels. */
  flickerError: number;
};

/** Gathers the measures of one output against its truth, frame by frame. */
export class Measures {
  readonly #face: ErrorSum = { squared: 0, count: 0 };
  readonly #regions = regionNames.map((): ErrorSum => ({ squared: 0, count: 0 }));
  readonly #occluder: ErrorSum = { squared: 0, count: 0 };
  readonly #ssims: number[] = [];
  readonly #flicker = { sum: 0, truthSum: 0, resultSum: 0, count: 0 };
  #before: { result: Float32Array; truth: Float32Array; face: Uint8Array } | undefined;
  readonly #width: number;
  readonly #height: number;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
  }

  /**
   * @param labels the target's true label map [H,W]
   * @param occluder [H,W], not 0 where something lies in front of the face
   */
  add(
    result: Uint8Array,
    truth: Uint8Array,
    target: Uint8Array,
    labels: Uint8Array,
    occluder: Uint8Array | undefined,
  ): void {
    const face = Uint8Array.from(labels, (l) => (faceLabels.has(l) ? 1 : 0));
    addError(this.#face, result, truth, face);
    for (const name of reported) {
      const index = regionNames.indexOf(name);
      const only = Uint8Array.from(labels, (l) => (l === index ? 1 : 0));
      addError(this.#regions[index]!, result, truth, only);
    }
    const similarity = ssim(result, truth, face, this.#width, this.#height);
    if (!Number.isNaN(similarity)) this.#ssims.push(similarity);
    if (occluder) {
      const solid = Uint8Array.from(occluder, (v) => (v > 200 ? 1 : 0));
      const changed = shareChanged(result, target, solid, 8);
      this.#occluder.squared += changed.squared;
      this.#occluder.count += changed.count;
    }
    const now = { result: lumaOf(result), truth: lumaOf(truth), face };
    if (this.#before) {
      const both = face.map((inside, i) => inside & this.#before!.face[i]!);
      const change = errorChange(this.#before, now, both);
      this.#flicker.sum += change.sum;
      this.#flicker.truthSum += change.truthSum;
      this.#flicker.resultSum += change.resultSum;
      this.#flicker.count += change.count;
    }
    this.#before = now;
  }

  rows(): Rows {
    const byRegion: Partial<Record<RegionName, number>> = {};
    for (const name of reported) byRegion[name] = psnr(this.#regions[regionNames.indexOf(name)]!);
    const { sum, truthSum, resultSum, count } = this.#flicker;
    return {
      psnr: psnr(this.#face),
      ssim: this.#ssims.reduce((a, b) => a + b, 0) / this.#ssims.length,
      byRegion,
      occluderChanged: this.#occluder.count === 0 ? NaN : this.#occluder.squared / this.#occluder.count,
      flickerRatio: resultSum / truthSum,
      flickerError: sum / count,
    };
  }
}
