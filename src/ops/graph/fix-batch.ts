/** The name of an unknown number of pictures in the graphs that facet writes. */
export const batchName = 'batch';

/** A size named `batch` in a model file: dimension (field 1, 9 bytes with its head) with dim_param (field 2). */
const named = Buffer.from([0x0a, 2 + batchName.length, 0x12, batchName.length, ...Buffer.from(batchName)]);
/** As long: dim_value (field 1) is 1, and a denotation (field 3) of no meaning fills up. */
const fixed = Buffer.from([
  0x0a,
  2 + batchName.length,
  0x08,
  1,
  0x1a,
  batchName.length - 2,
  ...Buffer.from('one'),
]);

/**
 * Makes a model that takes any number of pictures one that takes a single one, in place: for devices that want to
 * know all sizes when they open a network. Returns whether there was such a size.
 *
 * @param model an ONNX file's bytes
 */
export function fixBatch(model: Buffer): boolean {
  const first = model.indexOf(named);
  for (let at = first; at !== -1; at = model.indexOf(named, at)) fixed.copy(model, at);
  return first !== -1;
}
