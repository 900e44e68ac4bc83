import { label } from '../../core/regions.ts';

/** Background probability from which something may be in front, and down to which it goes on from there. */
const seen = 0.5;
const likely = 0.15;
/** Above this nothing of a face is left that could be blended. */
const sure = 0.8;
/** Doubt up to twice this wide, in pixels of a 256 px crop, is the soft rim that every contour has. */
const rimPx = 2;

/**
 * Lets what may lie in front of a face keep its own pixels, in place: where the parser sees background, as far as it
 * goes on finding background likely, the mask is 0, with half a mask on the pixel beside it. A hand has the colour of a
 * face: a parser that sees its palm doubts its fingers, and a finger that is half swapped is worse than a strip of
 * face that is not. The rims of contours, where doubt is a few pixels wide, stay as they are.
 *
 * Shapes: mask [S,S] 0…1, probabilities [12,S,S].
 */
export function keepOccluders(mask: Float32Array, probabilities: Float32Array, size: number): void {
  const area = size * size;
  const background = probabilities.subarray(label.background * area, (label.background + 1) * area);
  const doubtful = reach(background, size);
  for (let i = 0; i < area; i++) if (background[i]! > sure) doubtful[i] = 0;
  const rim = Math.max(1, Math.round((rimPx * size) / 256));
  const wide = spread(spread(doubtful, size, rim, 0), size, rim + 1, 1);
  for (let i = 0; i < area; i++) wide[i]! &= doubtful[i]!;
  const beside = spread(wide, size, 1, 1);
  for (let i = 0; i < area; i++) mask[i]! *= wide[i] ? 0 : beside[i] ? 0.5 : 1;
}

/** Where background is likely, connected to where it is seen: 1. */
function reach(background: Float32Array, size: number): Uint8Array {
  const reached = new Uint8Array(background.length);
  const isLikely = new Uint8Array(background.length);
  for (let i = 0; i < background.length; i++) {
    const p = background[i]!;
    if (p > seen) reached[i] = 1;
    else if (p > likely) isLikely[i] = 1;
  }
  const stack = new Int32Array(background.length);
  let depth = 0;
  // What is seen is most of what is reached: only from where likely pixels lie beside it, it goes on.
  for (let i = 0; i < background.length; i++) {
    if (isLikely[i] === 0) continue;
    const x = i % size;
    const isBeside =
      (x > 0 && reached[i - 1]) ||
      (x < size - 1 && reached[i + 1]) ||
      (i >= size && reached[i - size]) ||
      (i + size < background.length && reached[i + size]);
    if (!isBeside) continue;
    depth = visit(i, isLikely, reached, stack, depth);
    while (depth > 0) {
      const at = stack[--depth]!;
      const column = at % size;
      if (column > 0) depth = visit(at - 1, isLikely, reached, stack, depth);
      if (column < size - 1) depth = visit(at + 1, isLikely, reached, stack, depth);
      if (at >= size) depth = visit(at - size, isLikely, reached, stack, depth);
      if (at + size < background.length) depth = visit(at + size, isLikely, reached, stack, depth);
    }
  }
  return reached;
}

/** Reaches a likely pixel, once, and puts it on the stack; returns how much is on it. */
function visit(
  i: number,
  isLikely: Uint8Array,
  reached: Uint8Array,
  stack: Int32Array,
  depth: number,
): number {
  if (isLikely[i] === 0) return depth;
  isLikely[i] = 0;
  reached[i] = 1;
  stack[depth] = i;
  return depth + 1;
}

/** Gives `winner` to all within a square of `radius` around it. Shapes: [S,S] of 0 and 1 -> new [S,S]. */
function spread(map: Uint8Array, size: number, radius: number, winner: 0 | 1): Uint8Array {
  const across = map.slice();
  for (let row = 0; row < map.length; row += size) {
    // Columns before `done` have what they get from winners so far.
    let done = 0;
    for (let x = 0; x < size; x++) {
      if (map[row + x] !== winner) continue;
      const end = Math.min(size, x + radius + 1);
      for (let i = Math.max(done, x - radius); i < end; i++) across[row + i] = winner;
      done = end;
    }
  }
  const out = new Uint8Array(map.length);
  // How many rows each column has been without a winner, from above and then from below.
  const since = new Int32Array(size).fill(radius);
  for (let row = 0; row < map.length; row += size) {
    for (let x = 0; x < size; x++) {
      const rows = across[row + x] === winner ? -1 : since[x]!;
      since[x] = rows + 1;
      out[row + x] = rows < radius ? winner : 1 - winner;
    }
  }
  since.fill(radius);
  for (let row = map.length - size; row >= 0; row -= size) {
    for (let x = 0; x < size; x++) {
      const rows = across[row + x] === winner ? -1 : since[x]!;
      since[x] = rows + 1;
      if (rows < radius) out[row + x] = winner;
    }
  }
  return out;
}
