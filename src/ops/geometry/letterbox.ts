import type { Transform } from '../../core/geometry.ts';

/** How a frame is shown to a detector: the network's picture and where its pixels lie in the frame. */
export type View = {
  /** Size of the network's picture. */
  readonly width: number;
  readonly height: number;
  readonly frameFromNet: Transform;
  /** Frame pixels to one of the network's. */
  readonly scale: number;
};

/**
 * Fits a frame into a network's picture, aspect kept, centred; what is left over lies outside the frame.
 *
 * @param turns quarter turns of the frame, clockwise, before it is fitted: 2 shows it upside down
 * @param room how much larger than needed the network's picture is taken: above 1 leaves a margin all round
 */
export function letterbox(
  frame: { readonly width: number; readonly height: number },
  net: { readonly width: number; readonly height: number },
  turns = 0,
  room = 1,
): View {
  const isTurned = turns % 2 !== 0;
  const [w, h] = isTurned ? [frame.height, frame.width] : [frame.width, frame.height];
  const scale = room * Math.max(w / net.width, h / net.height);
  // Frame vectors of one step to the right and one step down in the network's picture.
  const [cos, sin] = [
    [1, 0],
    [0, -1],
    [-1, 0],
    [0, 1],
  ][((turns % 4) + 4) % 4] as [number, number];
  const [a, b, c, d] = [scale * cos, -scale * sin, scale * sin, scale * cos];
  const x = frame.width / 2 - (a * net.width + b * net.height) / 2;
  const y = frame.height / 2 - (c * net.width + d * net.height) / 2;
  return {
    width: net.width,
    height: net.height,
    frameFromNet: Float64Array.of(a, b, x, c, d, y, 0, 0, 1),
    scale,
  };
}

/**
 * Size of the picture for a network that takes any multiple of `step`: the longer side is `longest` at most, and
 * frames are not enlarged beyond rounding up.
 */
export function netSize(
  frame: { readonly width: number; readonly height: number },
  longest: number,
  step: number,
): { readonly width: number; readonly height: number } {
  const scale = Math.max(1, Math.max(frame.width, frame.height) / longest);
  const up = (side: number): number => Math.max(step, Math.ceil(side / scale / step - 1e-9) * step);
  return { width: up(frame.width), height: up(frame.height) };
}
