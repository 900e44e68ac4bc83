import type { Transform } from '../../core/geometry.ts';

/** Maps points by a projective transform. Shapes: [P,2] -> [P,2]. */
export function transformPoints(m: Transform, points: Float32Array): Float32Array {
  const out = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]!;
    const y = points[i + 1]!;
    const w = m[6]! * x + m[7]! * y + m[8]!;
    out[i] = (m[0]! * x + m[1]! * y + m[2]!) / w;
    out[i + 1] = (m[3]! * x + m[4]! * y + m[5]!) / w;
  }
  return out;
}
