import { transformPoints } from '../ops/drive/transform-points.ts';
import type { AlignedFace, BelowCrop } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import { label } from '../core/regions.ts';
import type { Scope } from '../core/scope.ts';
import type { PixelPool } from '../nets/pixels.ts';
import { convexHull } from '../ops/geometry/convex-hull.ts';
import { driveLandmarks } from '../ops/drive/drive-landmarks.ts';
import { neckColumns } from '../ops/drive/other-faces.ts';
import type { SourceLabels } from '../ops/drive/drive-labels.ts';
import { isSamePhoto, type PhotoView } from '../ops/drive/photo-map.ts';
import { innerFaceWeights, type ShapeBasis } from '../ops/drive/shape-basis.ts';
import type { GridMap } from '../ops/drive/thin-plate.ts';
import type { SourceDetail } from '../ops/detail/source-detail.ts';
import type { IrisColor } from '../ops/detail/iris.ts';
import type { LightFacts } from '../ops/light/light-facts.ts';
import { irisInLight } from '../ops/light/iris-in-light.ts';
import { skinTone } from '../ops/light/skin-tone.ts';
import { usualLight, type SeenLight } from '../ops/light/usual-light.ts';
import type { RegionStyles, StyleParts } from '../ops/style/styles.ts';
import { swapStyles } from '../ops/style/swap-styles.ts';
import { defineStage, type Stage } from './define-stage.ts';
import type { InvertedFace } from './invert.ts';

/** One person to put in, and how far. */
export type SwapEntry = {
  /** Style vectors of the photos. */
  readonly styles: RegionStyles;
  /** Identity weights of the head model; empty when the profile's networks tell none. */
  readonly identity: Float32Array;
  readonly light: LightFacts;
  /** What the photo that shows the face best shows where, if the networks give landmarks to drive it by. */
  readonly labels: SourceLabels | undefined;
  /** What the photo that shows the face best has and its reconstruction lacks, if the networks give landmarks. */
  readonly detail: SourceDetail | undefined;
  /** Inner regions that stay the target's own picture, 1 by label, length 12. */
  readonly kept: Uint8Array;
  /** Colour of the irises, for eyes that stay the target's own picture. */
  readonly iris: IrisColor | undefined;
  /** How far each region's texture goes from target to source; 0 for regions that stay. Length 12. */
  readonly amounts: Float32Array;
  /** How far the shape goes, 0…1. */
  readonly shape: number;
};

/** A face with all that its picture is generated and blended from. */
export type SwappedFace = Pick<
  AlignedFace,
  'trackId' | 'cropFromFrame' | 'frameFromCrop' | 'cropSize' | 'crop'
> & {
  /** Style codes. The same array while they do not change. */
  readonly codes: Float32Array;
  /** [S,S]: the label map to generate into, and the target's own. */
  readonly labels: Uint8Array;
  readonly targetLabels: Uint8Array;
  /** [S,S] 0…1: how much of each pixel is replaced. */
  readonly mask: Float32Array;
  /** The target's neck, which takes the new skin's colour: [S,S] and below the crop [B,S], 0…1; undefined where it is replaced with the face. */
  readonly neck:
    | {
        readonly share: Float32Array;
        readonly shareBelow: Float32Array;
        /** First and last column in which a neck is this face's. */
        readonly columns: readonly [number, number];
        readonly below: BelowCrop;
        readonly amount: number;
      }
    | undefined;
  /** [S,S] 0…1: where the target surely shows skin. */
  readonly targetSkin: Float32Array;
  /** Mean colour of the source's skin in the target's light. */
  readonly tone: readonly [number, number, number];
  /** The source's own detail, and where it goes; undefined without landmarks. */
  readonly detail:
    | {
        readonly source: SourceDetail;
        /** [P,2] driven landmarks in crop pixels, and how well each is seen. */
        readonly driven: Float32Array;
        readonly visibility: Float32Array;
        /** The photo as seen from there, where shape and detail are of the same. */
        readonly view: PhotoView | undefined;
        readonly amounts: Float32Array;
      }
    | undefined;
  /** What stays the target's own picture, and where each pixel of it was. */
  readonly kept: {
    /** 1 by label, length 12. */
    readonly regions: Uint8Array;
    readonly map: GridMap | undefined;
    /** What colour the kept eyes get, how far, and the target's landmarks in crop pixels to find the irises by. */
    readonly iris:
      { readonly color: IrisColor; readonly amount: number; readonly points: Float32Array } | undefined;
    /** The target's landmarks in crop pixels, to find the lash lines of kept eyes by; undefined where eyes are generated. */
    readonly lashes: Float32Array | undefined;
  };
};

/** Style vectors [12,V] -> style codes. */
export type MapStyles = (vectors: Float32Array) => Promise<Float32Array>;

export type SwapOptions = {
  /** Reads the sources (or gives the run's own). */
  readonly openEntries: (scope: Scope) => Promise<readonly SwapEntry[]>;
  /** The light that the target's faces are seen in, over the whole file; undefined where that is not known. */
  readonly openLight?: ((scope: Scope) => Promise<readonly SeenLight[]>) | undefined;
  /** Which entry a face of a frame gets; undefined leaves it alone. */
  readonly entryOf: (item: Item<InvertedFace>, face: InvertedFace) => number | undefined;
  /** Head model for driving; without it shapes stay the target's. */
  readonly basis: ShapeBasis | undefined;
  readonly parts: () => StyleParts;
  readonly openMapper: (scope: Scope) => Promise<MapStyles>;
  readonly openPixels: (scope: Scope) => PixelPool;
};

/**
 * Exchanges what makes the face: shape (the target's label map moved to the driven landmarks) and texture (style
 * vectors of the chosen regions), and turns style vectors into style codes. Codes are computed anew only when
 * the vectors change.
 */
export function swap(options: SwapOptions): Stage<Item<InvertedFace>, Item<SwappedFace>> {
  return defineStage({
    name: 'swap',
    concurrency: 2,
    lookahead: 0,
    async open({ scope }) {
      const light = options.openLight?.(scope);
      light?.catch(() => undefined);
      const entries = await options.openEntries(scope);
      const onePhoto = new Set(
        entries.filter(({ labels, detail }) => labels && detail && isSamePhoto(labels, detail)),
      );
      const mapStyles = await options.openMapper(scope);
      const pixels = options.openPixels(scope);
      const seenLight = await light;
      const weights = options.basis && innerFaceWeights(options.basis.mean);
      type Known = { styles: RegionStyles; entry: number; codes: Promise<Float32Array> };
      let known = new Map<number, Known>();
      const codesOf = (
        face: InvertedFace,
        entry: number,
        next: Map<number, Known>,
      ): Promise<Float32Array> => {
        const before = known.get(face.trackId);
        const isSame = before?.styles === face.styles && before.entry === entry;
        const { styles, amounts } = entries[entry]!;
        const codes =
          before && isSame
            ? before.codes
            : mapStyles(swapStyles(styles, face.styles, amounts, options.parts()).vectors);
        next.set(face.trackId, { styles: face.styles, entry, codes });
        return codes;
      };
      const swapOne = async (
        face: InvertedFace,
        entry: SwapEntry,
        codes: Promise<Float32Array>,
      ): Promise<SwappedFace> => {
        const { trackId, cropFromFrame, frameFromCrop, cropSize, crop, shape } = face;
        const isDriven = options.basis && entry.shape > 0 && entry.identity.length > 0;
        const landmarks =
          options.basis && isDriven
            ? {
                points: transformPoints(cropFromFrame, shape.points),
                driven: transformPoints(
                  cropFromFrame,
                  driveLandmarks(options.basis, shape, entry.identity, entry.shape, weights),
                ),
                visibility: shape.visibility,
              }
            : undefined;
        const points = landmarks?.points ?? transformPoints(cropFromFrame, shape.points);
        const outline = convexHull(points);
        const others = (face.neighbours ?? []).map((other) => ({
          outline: transformPoints(cropFromFrame, other.outline),
          isInFront: other.isInFront,
        }));
        const regions = Uint8Array.from(entry.amounts, (amount) => (amount > 0 ? 1 : 0));
        const swapped = await pixels.run('swapFace', {
          size: cropSize,
          probabilities: face.probabilities,
          labels: face.labels,
          landmarks,
          source: entry.labels,
          regions,
          outline,
          others,
          isNeckKnown: face.below !== undefined && face.neckBelow !== undefined,
        });
        const usual = seenLight ? usualLight(seenLight, face) : face.nearLight;
        const tone = skinTone(entry.light, face.light, usual);
        const { targetMap: map, sourceView, neck: share, ...shaped } = swapped;
        const { below, neckBelow } = face;
        const amount = entry.amounts[label.eyes]!;
        const isIrisColored = entry.iris && entry.kept[label.eyes] === 1 && amount > 0;
        const kept = {
          regions: entry.kept,
          map,
          iris: isIrisColored
            ? {
                color: irisInLight(entry.iris, entry.light, face.nearLight),
                amount,
                points,
              }
            : undefined,
          lashes: entry.kept[label.eyes] === 1 ? points : undefined,
        };
        const detail = entry.detail && {
          source: entry.detail,
          driven: landmarks?.driven ?? points,
          visibility: shape.visibility,
          view: onePhoto.has(entry) ? sourceView : undefined,
          amounts: entry.amounts,
        };
        return {
          trackId,
          cropFromFrame,
          frameFromCrop,
          cropSize,
          crop,
          ...shaped,
          targetLabels: face.labels,
          codes: await codes,
          neck:
            share && below && neckBelow
              ? {
                  share,
                  shareBelow: neckBelow,
                  columns: neckColumns(outline, others, cropSize),
                  below,
                  amount: entry.amounts[label.belowface]!,
                }
              : undefined,
          tone,
          detail,
          kept,
        };
      };
      return {
        async process(item) {
          const next = new Map<number, Known>();
          const work: Promise<SwappedFace>[] = [];
          for (const face of item.faces) {
            const entry = options.entryOf(item, face);
            if (entry === undefined) continue;
            work.push(swapOne(face, entries[entry]!, codesOf(face, entry, next)));
          }
          known = next;
          return [item.with(await Promise.all(work))];
        },
      };
    },
  });
}
