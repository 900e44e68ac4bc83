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
  const classes = new Uint8Array(map);
  const ids = new Int32Array(classes.length).fill(-1);
  const stack = new Int32Array(classes.length);
  const found: number[] = [];
  const areas: number[] = [];
  for (let start = 0; start < classes.length; start++) {
    if (ids[start]! >= 0) continue;
    const id = found.length;
    const own = classes[start]!;
    let depth = 0;
    let area = 0;
    ids[start] = id;
    stack[depth++] = start;
    while (depth > 0) {
      const i = stack[--depth]!;
      const x = i % size;
      area += 1;
      if (x > 0 && ids[i - 1]! < 0 && classes[i - 1] === own) {
        ids[i - 1] = id;
        stack[depth++] = i - 1;
      }
      if (x < size - 1 && ids[i + 1]! < 0 && classes[i + 1] === own) {
        ids[i + 1] = id;
        stack[depth++] = i + 1;
      }
      if (i >= size && ids[i - size]! < 0 && classes[i - size] === own) {
        ids[i - size] = id;
        stack[depth++] = i - size;
      }
      if (i + size < classes.length && ids[i + size]! < 0 && classes[i + size] === own) {
        ids[i + size] = id;
        stack[depth++] = i + size;
      }
    }
    found.push(own);
    areas.push(area);
  }
  return { ids, classes: found, areas };
}
