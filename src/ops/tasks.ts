import { blendFace } from './blend/blend-face.ts';
import { swapFace } from './drive/swap-face.ts';

/**
 * The pixel work that may run in a worker thread, by name: pure functions of one plain argument. Typed arrays in
 * results go back by transfer; planes of frames are shared memory and are read and written in place.
 */
export const tasks = {
  /** Gives its input back: what an idle pool costs, and a way to test one. */
  echo: (input: { readonly value: number }): { value: number } => ({ value: input.value }),
  /** Makes the swapped label map of a face, and the masks for blending. */
  swapFace,
  /** Light, blend and paste of one face, into the frame's planes. */
  blendFace,
};

export type Tasks = typeof tasks;
export type TaskName = keyof Tasks;
