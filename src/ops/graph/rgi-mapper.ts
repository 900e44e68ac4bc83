import { regionCount } from '../../core/regions.ts';
import type { Weights } from '../../core/weights.ts';
import { GraphBuilder, type OnnxGraph } from './graph.ts';
import { add, concat, leakyRelu, matmul, reshape } from './nodes.ts';
import { requireTensor, type RgiShape } from './rgi-shape.ts';

/**
 * The mappers' graph (E4S a.2): `styles` [1,12,V] -> `codes` [1,12,L,D].
 *
 * One two-layer net per region, slope 0.01, as one batched product; scales and `latent_avg` are folded in. Layers
 * from K on are `latent_avg` itself, the same for every region.
 */
export function rgiMapper(weights: Weights, shape: RgiShape): OnnxGraph {
  const { vector, hidden, layers, style, maskedLayers } = shape;
  const wide = maskedLayers * style;
  const average = requireTensor(weights, 'latent_avg', [layers, style]);
  const first = new Float32Array(regionCount * vector * hidden);
  const second = new Float32Array(regionCount * hidden * wide);
  const firstBias = new Float32Array(regionCount * hidden);
  const secondBias = new Float32Array(regionCount * wide);
  for (let r = 0; r < regionCount; r++) {
    const key = `MLPs.${r}.mlp`;
    const w1 = requireTensor(weights, `${key}.0.weight`, [hidden, vector]);
    const w2 = requireTensor(weights, `${key}.2.weight`, [wide, hidden]);
    transposeInto(w1, hidden, vector, 1 / Math.sqrt(vector), first, r * vector * hidden);
    transposeInto(w2, wide, hidden, 1 / Math.sqrt(hidden), second, r * hidden * wide);
    firstBias.set(requireTensor(weights, `${key}.0.bias`, [hidden]), r * hidden);
    const bias = requireTensor(weights, `${key}.2.bias`, [wide]);
    for (let i = 0; i < wide; i++) secondBias[r * wide + i] = bias[i]! + average[i]!;
  }
  const g = new GraphBuilder('rgi-mapper');
  const styles = reshape(g, g.input('styles', 'float32', [1, regionCount, vector]), [regionCount, 1, vector]);
  const w1 = g.floats('first', first, [regionCount, vector, hidden]);
  const w2 = g.floats('second', second, [regionCount, hidden, wide]);
  const b1 = g.floats('first_bias', firstBias, [regionCount, 1, hidden]);
  const b2 = g.floats('second_bias', secondBias, [regionCount, 1, wide]);
  const y = add(g, matmul(g, leakyRelu(g, add(g, matmul(g, styles, w1), b1), 0.01), w2), b2);
  const regional = reshape(g, y, [1, regionCount, maskedLayers, style]);
  const rest = layers - maskedLayers;
  if (rest === 0) {
    g.output('codes', regional);
    return g.finish();
  }
  const shared = new Float32Array(regionCount * rest * style);
  for (let r = 0; r < regionCount; r++) shared.set(average.subarray(wide), r * rest * style);
  const tail = g.floats('latent_avg', shared, [1, regionCount, rest, style]);
  g.output('codes', concat(g, [regional, tail], 2));
  return g.finish();
}

/** Writes the transpose of a [rows,columns] matrix, scaled, at an offset. */
function transposeInto(
  matrix: Float32Array,
  rows: number,
  columns: number,
  scale: number,
  target: Float32Array,
  offset: number,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) target[offset + j * rows + i] = matrix[i * columns + j]! * scale;
  }
}
