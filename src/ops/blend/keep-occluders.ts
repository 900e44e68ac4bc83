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
  const stack = new Int32Array(background.length);
  let depth = 0;
  const visit = (i: number): void => {
    if (reached[i] || background[i]! <= likely) return;
    reached[i] = 1;
    stack[depth++] = i;
  };
  for (let start = 0; start < background.length; start++) {
    if (background[start]! <= seen) continue;
    visit(start);
    while (depth > 0) {
      const i = stack[--depth]!;
      const x = i % size;
      if (x > 0) visit(i - 1);
      if (x < size - 1) visit(i + 1);
      if (i >= size) visit(i - size);
      if (i + size < background.length) visit(i + size);
    }
  }
  return reached;
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
  const out = across.slice();
  for (let y = 0; y < size; y++) {
    const here = y * size;
    for (let other = Math.max(0, y - radius); other <= Math.min(size - 1, y + radius); other++) {
      const there = other * size;
      if (winner === 1) for (let x = 0; x < size; x++) out[here + x]! |= across[there + x]!;
      else for (let x = 0; x < size; x++) out[here + x]! &= across[there + x]!;
    }
  }
  return out;
}
