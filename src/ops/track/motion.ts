import type { Box } from '../../core/geometry.ts';

/** Where a face is, how large, and how both change: centre and log of the side, per frame. */
export type Motion = {
  readonly x: number;
  readonly y: number;
  readonly logSide: number;
  readonly vx: number;
  readonly vy: number;
  readonly vSide: number;
  /** Frames that this rests on. */
  readonly age: number;
};

/** Place and speed follow what is seen this far (an alpha-beta filter). */
const alpha = 0.85;
const beta = 0.4;
/** An unseen face comes to rest within some frames: speed falls to 1/e in so many. */
const restFrames = 12;

/** A motion that begins with one sight. */
export function startMotion(box: Box): Motion {
  return { ...placeOf(box), vx: 0, vy: 0, vSide: 0, age: 1 };
}

/** Where a face will be after some frames, its speed dying down. */
export function predictMotion(motion: Motion, frames: number): Motion {
  const fall = Math.exp(-1 / restFrames);
  // Sum of the speeds of frames 1…n.
  const path = (fall * (1 - fall ** frames)) / (1 - fall);
  return {
    ...motion,
    x: motion.x + path * motion.vx,
    y: motion.y + path * motion.vy,
    logSide: motion.logSide + path * motion.vSide,
  };
}

/** Takes in a sight some frames after the last one. */
export function updateMotion(motion: Motion, box: Box, frames: number): Motion {
  const seen = placeOf(box);
  const guess = predictMotion(motion, frames);
  const dx = seen.x - guess.x;
  const dy = seen.y - guess.y;
  const dSide = seen.logSide - guess.logSide;
  // The second sight gives the speed outright.
  const b = (motion.age === 1 ? 1 : beta) / frames;
  return {
    x: guess.x + alpha * dx,
    y: guess.y + alpha * dy,
    logSide: guess.logSide + alpha * dSide,
    vx: motion.vx + b * dx,
    vy: motion.vy + b * dy,
    vSide: motion.vSide + b * 0.5 * dSide,
    age: motion.age + 1,
  };
}

/** A box where a motion says; width to height as in `like`. */
export function boxOfMotion({ x, y, logSide }: Motion, like: Box): Box {
  const grow = Math.exp(logSide) / Math.sqrt(like.w * like.h);
  const w = like.w * grow;
  const h = like.h * grow;
  return { x: x - w / 2, y: y - h / 2, w, h };
}

function placeOf({ x, y, w, h }: Box): { x: number; y: number; logSide: number } {
  return { x: x + w / 2, y: y + h / 2, logSide: Math.log(Math.max(1e-3, Math.sqrt(Math.max(0, w * h)))) };
}
