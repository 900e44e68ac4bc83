import { blendFace } from './blend/blend-face.ts';
import { swapFace } from './drive/swap-face.ts';
import { feedCrop } from './image/feed-crop.ts';
import { makeFeed } from './image/make-feed.ts';
import { warpPlanes, type Planes } from './image/warp-planes.ts';
import { steadyLabels } from './labels/steady-labels.ts';
import { cutLooks } from './refine/close-looks.ts';
import type { Transform } from '../core/geometry.ts';

/**
 * The pixel work that may run in a worker thread, by name: pure functions of one plain argument. Typed arrays in
 * results go back by transfer; planes of frames are shared memory and are read and written in place. A result may hold
 * arrays of its argument, never objects of it: those are emptied when the task is done (`nets/keep-shapes.ts`).
 */
export const tasks = {
  /** Gives its input back: what an idle pool costs, and a way to test one. */
  echo: (input: { readonly value: number }): { value: number } => ({ value: input.value }),
  /** Warps a frame's planes into an RGB crop; into `out` when it is given (shared memory). */
  warpPlanes: (input: {
    readonly planes: Planes;
    readonly frameFromCrop: Transform;
    readonly width: number;
    readonly height: number;
    readonly out?: Float32Array;
  }): Float32Array => warpPlanes(input.planes, input.frameFromCrop, input.width, input.height, input.out),
  /** Cuts a part of a frame as a network's input; `out` comes back by transfer. */
  makeFeed,
  /** Turns an aligned crop into a network's input; `out` comes back by transfer. */
  feedCrop,
  /** Cuts the patches that a refiner looks at from near. */
  cutLooks,
  /** Makes a face's label map from the parser's probabilities and the frame before. */
  steadyLabels,
  /** Makes the swapped label map of a face, and the masks for blending. */
  swapFace,
  /** Light, blend and paste of one face, into the frame's planes. */
  blendFace,
};

export type Tasks = typeof tasks;
export type TaskName = keyof Tasks;
