/**
 * Pairs rows with columns so that the sum of costs is least, leaving out pairs that may not be (the Hungarian
 * method with potentials, O(n³)). A pair is made rather than left whenever its cost is below `most`.
 *
 * Shapes: costs [R][C]; Infinity or anything from `most` on = never.
 *
 * @returns the column of every row, or -1
 */
export function assign(costs: readonly (readonly number[])[], most: number): number[] {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  if (rows === 0 || columns === 0) return new Array<number>(rows).fill(-1);
  // Square, with room for everybody to stay alone at the price of `most`.
  const n = rows + columns;
  const cost = (r: number, c: number): number => {
    if (r >= rows && c >= columns) return 0;
    if (r >= rows || c >= columns) return most / 2;
    const value = costs[r]![c]!;
    return value < most ? value : 4 * most * n;
  };
  const rowPotential = new Float64Array(n + 1);
  const columnPotential = new Float64Array(n + 1);
  const rowOf = new Int32Array(n + 1);
  const cameFrom = new Int32Array(n + 1);
  for (let r = 1; r <= n; r++) {
    rowOf[0] = r;
    let column = 0;
    const least = new Float64Array(n + 1).fill(Infinity);
    const isDone = new Uint8Array(n + 1);
    do {
      isDone[column] = 1;
      const row = rowOf[column]!;
      let delta = Infinity;
      let next = 0;
      for (let c = 1; c <= n; c++) {
        if (isDone[c]) continue;
        const reduced = cost(row - 1, c - 1) - rowPotential[row]! - columnPotential[c]!;
        if (reduced < least[c]!) {
          least[c] = reduced;
          cameFrom[c] = column;
        }
        if (least[c]! < delta) {
          delta = least[c]!;
          next = c;
        }
      }
      for (let c = 0; c <= n; c++) {
        if (isDone[c]) {
          rowPotential[rowOf[c]!]! += delta;
          columnPotential[c]! -= delta;
        } else least[c]! -= delta;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const before = cameFrom[column]!;
      rowOf[column] = rowOf[before]!;
      column = before;
    }
  }
  const result = new Array<number>(rows).fill(-1);
  for (let c = 1; c <= columns; c++) {
    const row = rowOf[c]! - 1;
    if (row < rows && costs[row]![c - 1]! < most) result[row] = c - 1;
  }
  return result;
}
