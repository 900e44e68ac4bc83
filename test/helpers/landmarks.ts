import type { FaceShape, TrackedFace } from '../../src/core/faces.ts';

/**
 * A plain face of 68 landmarks: eye centres 60 apart and mouth corners where FFHQ has them, for a square of side
 * 240 around (0, 0) when unscaled.
 */
export function plainLandmarks(): Float32Array {
  const points = new Float32Array(136);
  for (let p = 0; p < 17; p++) {
    const a = Math.PI * (1 - p / 16);
    points.set([70 * Math.cos(a), 5 + 75 * Math.sin(a)], p * 2);
  }
  for (let p = 17; p < 27; p++) points.set([-52 + ((p - 17) * 104) / 9, -30], p * 2);
  for (let p = 27; p < 36; p++)
    points.set([p < 31 ? 0 : (p - 33) * 6, -5 + (p < 31 ? (p - 27) * 8 : 32)], p * 2);
  for (let p = 36; p < 48; p++) {
    const side = p < 42 ? -30 : 30;
    const a = ((p - 36) % 6) * (Math.PI / 3);
    points.set([side - 10 * Math.cos(a), -6 - 4 * Math.sin(a)], p * 2);
  }
  for (let p = 48; p < 68; p++) {
    const a = ((p - 48) / (p < 60 ? 12 : 8)) * 2 * Math.PI;
    const r = p < 60 ? 1 : 0.8;
    points.set([-24 * r * Math.cos(a), 50 - 9 * r * Math.sin(a)], p * 2);
  }
  return points;
}

/** The plain face moved into a frame. */
export function placedLandmarks(x: number, y: number, scale = 1, degrees = 0): Float32Array {
  const c = scale * Math.cos((degrees * Math.PI) / 180);
  const s = scale * Math.sin((degrees * Math.PI) / 180);
  const points = plainLandmarks();
  for (let i = 0; i < points.length; i += 2) {
    const [px, py] = [points[i]!, points[i + 1]!];
    points[i] = x + c * px - s * py;
    points[i + 1] = y + s * px + c * py;
  }
  return points;
}

/** A tracked face with these landmarks. */
export function trackedFace(points: Float32Array, facts: Partial<TrackedFace> = {}): TrackedFace {
  const shape: FaceShape = {
    points,
    visibility: new Float32Array(points.length / 2).fill(1),
    pose: { yaw: 0, pitch: 0, roll: 0 },
    identity: new Float32Array(0),
    expression: new Float32Array(0),
  };
  return { trackId: 0, box: { x: 0, y: 0, w: 9, h: 9 }, score: 1, shape, isBridged: false, ...facts };
}

/** Normally distributed numbers, the same every time. */
export function noise(seed: number): () => number {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
