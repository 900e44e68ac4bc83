/** A dense tensor, row-major. Networks of facet exchange float32; label maps and indices are integers. */
export type Tensor = {
  readonly data: Float32Array | Uint8Array | Int32Array | BigInt64Array;
  readonly dims: readonly number[];
};

/** Number of elements of a shape. */
export function elementCount(dims: readonly number[]): number {
  let count = 1;
  for (const dim of dims) count *= dim;
  return count;
}

/**
 * Checks that a tensor has exactly these sizes (-1 = any).
 *
 * @param axes axis letters for the message, e.g. `[N,C,H,W]`
 * @throws {RangeError} naming the axes and both shapes
 */
export function checkDims(
  what: string,
  dims: readonly number[],
  expected: readonly number[],
  axes: string,
): void {
  const same =
    dims.length === expected.length && expected.every((size, i) => size === -1 || size === dims[i]);
  if (!same)
    throw new RangeError(`${what} is [${dims.join(',')}], expected ${axes} = [${expected.join(',')}]`);
}
