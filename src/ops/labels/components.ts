/** Pieces of a label map: pixels of one class that touch along an edge. */
export type Components = {
  /** [S,S]: number of each pixel's piece, from 0. */
  readonly ids: Int32Array;
  /** Class of each piece, and how many pixels it has. */
  readonly classes: readonly number[];
  readonly areas: readonly number[];
};

/**
 * Finds the pieces of a map of classes.
 *
 * Shapes: classes [S,S] uint8 -> ids [S,S].
 */
export function components(map: Uint8Array, size: number): Components {
  // Private memory, whatever the map lies in: loops that meet both kinds are slow.
  const labels = new Uint8Array(map);
  // Runs of one class in a row, row by row; a run joins those above it that it touches (union-find).
  const ends = new Int32Array(labels.length);
  const parents = new Int32Array(labels.length);
  const root = (run: number): number => {
    let r = run;
    while (parents[r]! !== r) r = parents[r] = parents[parents[r]!]!;
    return r;
  };
  let runs = 0;
  let above = 0;
  for (let start = 0; start < labels.length; start += size) {
    const first = runs;
    for (let i = start; i < start + size;) {
      const own = labels[i]!;
      let end = i + 1;
      while (end < start + size && labels[end] === own) end++;
      const run = runs++;
      ends[run] = end;
      parents[run] = run;
      // Runs above that end after this one begins, up to the one that reaches its end.
      if (start > 0) {
        while (ends[above]! + size <= i) above++;
        for (let a = above; a < first; a++) {
          if (labels[ends[a]! - 1] === own) {
            const [p, q] = [root(a), root(run)];
            // The older one leads, so that pieces are numbered by their first pixel.
            if (p < q) parents[q] = p;
            else parents[p] = q;
          }
          if (ends[a]! + size >= end) break;
        }
      }
      i = end;
    }
    above = first;
  }
  const ids = new Int32Array(labels.length);
  const numbers = new Int32Array(runs);
  const classes: number[] = [];
  const areas: number[] = [];
  for (let run = 0, start = 0; run < runs; run++) {
    const r = root(run);
    if (r === run) {
      numbers[run] = classes.length;
      classes.push(labels[start]!);
      areas.push(0);
    }
    const id = numbers[r]!;
    const end = ends[run]!;
    ids.fill(id, start, end);
    areas[id]! += end - start;
    start = end;
  }
  return { ids, classes, areas };
}
