import type { Transform } from '../../core/geometry.ts';
import type { ImageFeed } from '../../core/profile.ts';
import { makeFeed } from '../image/make-feed.ts';
import type { Planes } from '../image/warp-planes.ts';
import { compose } from '../geometry/transform.ts';

/** Side of the FFHQ crop in whose pixels a refiner's places and patches are told. */
export const unitSize = 256;

/** A part of the face that a refiner looks at from near. */
export type LookPart = {
  /** Name of the graph's input. */
  readonly name: string;
  /** Landmarks (of the 68) whose mean is where its patches lie: one patch, or the right and the left side's, which is mirrored. */
  readonly sides: readonly (readonly number[])[];
};

const run = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** In the order of the graph's inputs. A left side's points are those that lie there in a mirrored face. */
export const lookParts: readonly LookPart[] = [
  {
    name: 'eye',
    sides: [
      [...run(17, 22), ...run(36, 42)],
      [...run(22, 27), ...run(42, 48)],
    ],
  },
  { name: 'nose', sides: [run(27, 36)] },
  { name: 'mouth', sides: [run(48, 68)] },
  { name: 'jaw', sides: [run(0, 9), run(8, 17)] },
];

/**
 * Gives where the patches of a face lie.
 *
 * Shapes: points [P,2], P >= 68, in pixels of the FFHQ crop of {@link unitSize} -> [N,2] centres, sides after sides.
 */
export function lookCentres(points: Float32Array): Float32Array<ArrayBuffer> {
  const centres = lookParts.flatMap(({ sides }) =>
    sides.flatMap((group) => {
      let [x, y] = [0, 0];
      for (const p of group) {
        x += points[2 * p]! / group.length;
        y += points[2 * p + 1]! / group.length;
      }
      return [x, y];
    }),
  );
  return Float32Array.from(centres);
}

/** What is cut out of a frame for one face. */
export type CutLooksInput = {
  readonly planes: Planes;
  /** Pixels of the FFHQ crop of {@link unitSize} to frame pixels. */
  readonly frameFromUnit: Transform;
  /** [N,2], as {@link lookCentres} gives them. */
  readonly centres: Float32Array;
  /** For each part: the side of its patches in unit pixels, and in their own. */
  readonly patches: readonly { readonly side: number; readonly size: number }[];
  readonly feed: Pick<ImageFeed, 'mean' | 'std' | 'channels' | 'layout'>;
  /** Memory to use, a part each, as an earlier call gave it. */
  readonly out?: readonly Float32Array<ArrayBuffer>[] | undefined;
};

/** Cuts a face's patches out of a frame: for each part [sides,3,S,S], fed as the network takes them, left sides mirrored. */
export function cutLooks({
  planes,
  frameFromUnit,
  centres,
  patches,
  feed,
  out,
}: CutLooksInput): Float32Array<ArrayBuffer>[] {
  let at = 0;
  return lookParts.map(({ sides }, part) => {
    const { side, size } = patches[part]!;
    const length = 3 * size * size;
    const memory = out?.[part] ?? new Float32Array(sides.length * length);
    sides.forEach((_, k) => {
      const unitFromPatch = placePatch(centres[2 * at]!, centres[2 * at + 1]!, side, size, k === 1);
      at += 1;
      const place = memory.subarray(k * length, (k + 1) * length);
      const cut = makeFeed({
        planes,
        frameFromCrop: compose(frameFromUnit, unitFromPatch),
        width: size,
        height: size,
        feed,
        out: place,
      });
      // Another layout than planes comes in memory of its own.
      if (cut !== place) place.set(cut);
    });
    return memory;
  });
}

/** Patch pixels to unit pixels: a square of `side` around a centre, mirrored left to right on demand. */
function placePatch(cx: number, cy: number, side: number, size: number, isMirrored: boolean): Transform {
  const step = side / size;
  const sx = isMirrored ? -step : step;
  return Float64Array.of(sx, 0, cx - (sx * size) / 2, 0, step, cy - side / 2, 0, 0, 1);
}
