import { conv, pictures } from './convolutions.ts';
import type { GraphBuilder, Value } from './graph.ts';
import { add, concat, gather, reshape, transpose } from './nodes.ts';
import { blur } from './rgi-weights.ts';

/** Taps of the transposed convolution that an even or an odd line reads, in the order of its inputs. */
const lines = [[2, 0], [1]] as const;

/**
 * Transposed convolution by two and the blur (E4S a.3), by parity: x [B,C,n,n], weight [9,C,O] (tap, inner, outer)
 * -> [B,4·O,n,n], channel (2·py + px)·O + o is pixel (2y + py, 2x + px) of channel o of the result.
 *
 * Lines of one parity are plain convolutions of the input, and the blur of lines that lie two apart is two taps
 * for either parity. So all of it are convolutions that run on all cores; onnxruntime's own transposed convolution
 * writes nine products a pixel and adds them up on one.
 *
 * @param bias of the result, [O]
 */
export function upConv(g: GraphBuilder, x: Value, weight: Value, bias?: Value): Value {
  const [, inner, outer] = weight.dims as readonly [number, number, number];
  const [, , n] = pictures(x);
  const planes = [0, 1, 2, 3].map((parity) => {
    const [rows, columns] = [lines[parity >> 1]!, lines[parity & 1]!];
    const taps = rows.flatMap((row) => columns.map((column) => row * 3 + column));
    const [h, w] = [rows.length, columns.length];
    const kernel = transpose(g, gather(g, weight, g.integers(taps), 0), [2, 1, 0]);
    return conv(g, x, reshape(g, kernel, [outer, inner, h, w]), { pad: [h - 1, w - 1, h - 1, w - 1] });
  });
  const near = (isRow: boolean): Value => twoTaps(g, outer, blur[1], blur[3], isRow);
  const far = (isRow: boolean): Value => twoTaps(g, outer, blur[0], blur[2], isRow);
  const blurred = (even: Value, odd: Value, parity: number, isRow: boolean, add0?: Value): Value => {
    const [before, after] = parity === 0 ? [1, 0] : [0, 1];
    const pad = isRow ? ([before, 0, after, 0] as const) : ([0, before, 0, after] as const);
    const [ofEven, ofOdd] = parity === 0 ? [near(isRow), far(isRow)] : [far(isRow), near(isRow)];
    const y = conv(g, even, ofEven, { group: outer, ...(add0 ? { bias: add0 } : {}) });
    return add(g, y, conv(g, odd, ofOdd, { group: outer, pad }));
  };
  const results: Value[] = [];
  for (const py of [0, 1]) {
    const even = blurred(planes[0]!, planes[2]!, py, true);
    const odd = blurred(planes[1]!, planes[3]!, py, true);
    for (const px of [0, 1]) results.push(blurred(even, odd, px, false, bias));
  }
  const result = concat(g, results, 1);
  if (pictures(result)[2] !== n) throw new RangeError('the parities have the size of the input');
  return result;
}

/** A kernel of two taps for every channel. */
function twoTaps(g: GraphBuilder, channels: number, first: number, second: number, isRow: boolean): Value {
  const data = new Float32Array(2 * channels).map((_, i) => (i % 2 === 0 ? first : second));
  return g.floats('blur', data, isRow ? [channels, 1, 2, 1] : [channels, 1, 1, 2]);
}
