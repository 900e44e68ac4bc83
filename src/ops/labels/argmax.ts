/**
 * Gives the label of the highest probability at each pixel; the lower label where two are equal.
 *
 * Shapes: probabilities [R,S,S] -> [S,S].
 */
export function argmax(probabilities: Float32Array, count: number, out: Uint8Array): Uint8Array {
  const area = out.length;
  if (probabilities.length !== count * area) {
    throw new RangeError(
      `probabilities are [${probabilities.length}], expected [R,S,S] = [${count},${area}]`,
    );
  }
  for (let i = 0; i < area; i++) {
    let best = probabilities[i]!;
    let label = 0;
    for (let r = 1, at = area + i; r < count; r++, at += area) {
      const p = probabilities[at]!;
      if (p > best) {
        best = p;
        label = r;
      }
    }
    out[i] = label;
  }
  return out;
}
