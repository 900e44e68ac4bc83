import { map } from 'rxjs';
import type { ParsedFace, TrackedFace } from '../../src/core/faces.ts';
import { faceRegions, label, regionCount, regionNames } from '../../src/core/regions.ts';
import type { RegionStyles } from '../../src/ops/style/styles.ts';
import type { SwapTools } from '../../src/pipeline/swap-work.ts';
import { cutCrop, similarity } from '../ops/blend/crop.ts';

/** Side of the fake crops. */
export const fakeSize = 64;
const area = fakeSize * fakeSize;

/** A disc of skin in the middle of the crop. */
export const fakeLabels = Uint8Array.from({ length: area }, (_, i) =>
  Math.hypot((i % fakeSize) + 0.5 - 32, Math.floor(i / fakeSize) + 0.5 - 32) < 24 ? label.skin : 0,
);
const probabilities = new Float32Array(regionCount * area);
fakeLabels.forEach((l, i) => {
  probabilities[l * area + i] = 1;
});

export function fakeStyles(value: number): RegionStyles {
  return { vectors: new Float32Array(regionCount).fill(value), counts: new Int32Array(regionCount).fill(9) };
}

export type FakeFaces = {
  /** Centres of the faces in a frame, in frame pixels; the index is the track's id. */
  readonly at: (
    frameIndex: number,
  ) => readonly { readonly x: number; readonly y: number; readonly side: number }[];
};

/** Tools of a swap without networks: faces stand where told, and generated skin is flat grey (0.8). */
export function fakeTools({ at }: FakeFaces): SwapTools {
  const shape = {
    points: new Float32Array(0),
    visibility: new Float32Array(0),
    pose: { yaw: 0, pitch: 0, roll: 0 },
    identity: new Float32Array(0),
    expression: new Float32Array(0),
  };
  return {
    track: {
      holds: 1,
      in: () => (items) =>
        items.pipe(
          map((item) =>
            item.with(
              at(item.frame.index).map(({ x, y, side }, trackId): TrackedFace => ({
                trackId,
                box: { x: x - side / 2, y: y - side / 2, w: side, h: side },
                score: 1,
                shape,
                isBridged: false,
              })),
            ),
          ),
        ),
    },
    parse: {
      holds: 1,
      in: () => (items) =>
        items.pipe(
          map((item) =>
            item.with(
              item.faces.map((face): ParsedFace => {
                const { frame } = item;
                const { x, y, w, h } = face.box;
                const space = similarity(fakeSize, w, x + w / 2, y + h / 2, 0);
                return {
                  ...face,
                  ...space,
                  quad: new Float64Array(8),
                  cropSize: fakeSize,
                  crop: cutCrop(frame.data, frame.format.layout, space.frameFromCrop, fakeSize),
                  labels: fakeLabels,
                  probabilities,
                };
              }),
            ),
          ),
        ),
    },
    openTexture: () =>
      Promise.resolve({
        encode: () => Promise.resolve(fakeStyles(0.2)),
        map: (vectors) => Promise.resolve(vectors),
        generate: (list) =>
          Promise.resolve(
            list.map(({ codes, labels }) =>
              Float32Array.from({ length: 3 * area }, (_, i) => codes[labels[i % area]!]!),
            ),
          ),
        parts: [1],
        isSmall: false,
      }),
    readSources: () =>
      Promise.resolve([
        {
          styles: fakeStyles(0.8),
          identity: new Float32Array(0),
          light: { skin: [0.8, 0.8, 0.8], eyes: [0, 0, 0], skinPixels: 9, eyePixels: 0 },
          labels: undefined,
          detail: undefined,
          kept: new Uint8Array(12),
          iris: undefined,
          amounts: Float32Array.from(regionNames, (name) => (faceRegions.includes(name) ? 1 : 0)),
          shape: 1,
        },
      ]),
    basis: undefined,
    unlike: undefined,
  };
}
