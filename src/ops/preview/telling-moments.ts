import type { FaceShape, TrackedFace } from '../../core/faces.ts';

/** A frame that was looked at, and what was seen. */
export type Sample = {
  readonly frame: number;
  /** Number of the scene it belongs to. */
  readonly scene: number;
  readonly faces: readonly SampledFace[];
};

/** What tells whether a face is worth a look. */
export type SampledFace = {
  /** Area of the box in pixels. */
  readonly area: number;
  /** Degrees that the head is turned away from the viewer, yaw and pitch together. */
  readonly turn: number;
  /** Height of the open mouth over its width. */
  readonly mouthOpen: number;
  /** Part of the inner face's landmarks that is covered, 0…1. */
  readonly hidden: number;
};

/** A frame worth a look, and why. */
export type Moment = { readonly frame: number; readonly reason: string };

/** Less than this is nothing to look at. */
const least = { turn: 20, mouthOpen: 0.25, hidden: 0.15 } as const;
/** Heads turned further than this hide landmarks by themselves. */
const selfHidingTurn = 35;

/** Reads what matters off a tracked face. */
export function sampledFace({ box, shape }: Pick<TrackedFace, 'box' | 'shape'>): SampledFace {
  const turn = Math.hypot(shape.pose.yaw, shape.pose.pitch);
  return {
    area: box.w * box.h,
    turn,
    mouthOpen: mouthOpenOf(shape),
    hidden: turn > selfHidingTurn ? 0 : hiddenOf(shape),
  };
}

/** Multi-PIE landmarks: mouth corners 48 and 54, middle of the lips' inner edges 62 and 66. */
function mouthOpenOf({ points }: FaceShape): number {
  if (points.length < 2 * 68) return 0;
  const distance = (a: number, b: number): number =>
    Math.hypot(points[2 * a]! - points[2 * b]!, points[2 * a + 1]! - points[2 * b + 1]!);
  return distance(62, 66) / Math.max(1e-6, distance(48, 54));
}

/** Brows, nose, eyes and mouth: landmarks 17 to 67. */
function hiddenOf({ visibility }: FaceShape): number {
  if (visibility.length < 68) return 0;
  let hidden = 0;
  for (let i = 17; i < 68; i++) if (visibility[i]! < 0.5) hidden += 1;
  return hidden / 51;
}

/**
 * Chooses up to `count` frames that tell most about how a swap will look: the largest face, the most turned head,
 * the widest open mouth, the most covered face, the most faces at once, then the best frame of each scene not
 * seen yet, then frames far in time from those chosen. In the order of the file.
 */
export function tellingMoments(samples: readonly Sample[], count: number): readonly Moment[] {
  const chosen = new Map<number, Moment>();
  const take = (sample: Sample | undefined, reason: string): void => {
    if (sample && chosen.size < count && !chosen.has(sample.frame)) {
      chosen.set(sample.frame, { frame: sample.frame, reason });
    }
  };
  const withFaces = samples.filter(({ faces }) => faces.length > 0);
  const most = (
    read: (face: SampledFace) => number,
    atLeast: number,
    among: readonly Sample[] = withFaces,
  ): Sample | undefined => {
    let [best, value] = [undefined as Sample | undefined, atLeast];
    for (const sample of among) {
      if (chosen.has(sample.frame)) continue;
      const here = Math.max(...sample.faces.map(read));
      if (here > value) [best, value] = [sample, here];
    }
    return best;
  };
  // Small faces in the background are turned, open and covered by chance.
  const floor = 0.15 * Math.max(0, ...withFaces.flatMap(({ faces }) => faces.map(({ area }) => area)));
  const large =
    (read: (face: SampledFace) => number) =>
    (face: SampledFace): number =>
      face.area >= floor ? read(face) : 0;
  const area = ({ area: pixels }: SampledFace): number => pixels;
  take(most(area, 0), 'largest face');
  take(most(large(({ turn }) => turn), least.turn), 'head turned most'); // prettier-ignore
  take(most(large(({ mouthOpen }) => mouthOpen), least.mouthOpen), 'mouth open'); // prettier-ignore
  take(most(large(({ hidden }) => hidden), least.hidden), 'face partly covered'); // prettier-ignore
  const crowd = withFaces.reduce<Sample | undefined>(
    (best, sample) => (sample.faces.length > (best?.faces.length ?? 1) ? sample : best),
    undefined,
  );
  take(crowd, 'most faces at once');
  for (const scene of new Set(samples.map((sample) => sample.scene))) {
    const here = samples.filter((sample) => sample.scene === scene);
    if (here.some(({ frame }) => chosen.has(frame))) continue;
    const faces = here.filter((sample) => sample.faces.length > 0);
    take(most(area, 0, faces), `scene ${scene + 1}`);
  }
  const rest = withFaces.length > 0 ? withFaces : samples;
  while (chosen.size < Math.min(count, rest.length)) {
    take(farthest(rest, [...chosen.keys()]), withFaces.length > 0 ? 'in between' : 'no face found');
  }
  return [...chosen.values()].sort((a, b) => a.frame - b.frame);
}

/** The sample farthest from all that are chosen; the middle one when none is. */
function farthest(samples: readonly Sample[], chosen: readonly number[]): Sample | undefined {
  if (chosen.length === 0) return samples[samples.length >> 1];
  let [best, value] = [undefined as Sample | undefined, 0];
  for (const sample of samples) {
    const distance = Math.min(...chosen.map((frame) => Math.abs(frame - sample.frame)));
    if (distance > value) [best, value] = [sample, distance];
  }
  return best;
}
