/**
 * A set of named weights, read one tensor at a time (the file behind it may hold gigabytes). Floats of any width
 * arrive as float32, integers as the float32 of their value.
 */
export type Weights = {
  readonly keys: readonly string[];
  /** Shape of a tensor, or undefined when there is none of that name. */
  dims(key: string): readonly number[] | undefined;
  /** Values, row-major, in memory of their own. */
  read(key: string): Float32Array;
};
