import type { FaceShape, Pose } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import { averageLight, type LightFacts } from '../ops/light/light-facts.ts';
import { averageStyles } from '../ops/style/average-styles.ts';
import type { RegionStyles, StyleParts } from '../ops/style/styles.ts';
import { weightedMean, windowWeights } from '../ops/style/window.ts';
import { defineStage, type Stage } from './define-stage.ts';
import type { InvertedFace } from './invert.ts';

export type SmoothOptions = {
  /** Frames to each side that have a say; 0 = off. */
  readonly radius: number;
  /** Widths of a style vector's scales. */
  readonly parts: () => StyleParts;
};

/** What is remembered of a face after its frame has gone on. */
type Seen = {
  readonly frameIndex: number;
  readonly shape: FaceShape;
  readonly styles: RegionStyles;
  readonly light: LightFacts;
  readonly isBridged: boolean;
  /** Counts up at cuts, and where a track is lost, found again, bridged or seen again. */
  readonly stretch: number;
};

/**
 * Steadies what decides how a face is generated, in a centred window of each track: the target's style vectors
 * (weighted by how many pixels they come from), identity, expression and pose; the mean light is told beside the
 * frame's own. Landmarks follow the smoothed alignment and stay as they are. Never looks across a scene cut or a bridged gap.
 */
export function smooth(options: SmoothOptions): Stage<Item<InvertedFace>, Item<InvertedFace>> {
  const { radius } = options;
  return defineStage({
    name: 'smooth',
    concurrency: 1,
    lookahead: radius,
    open() {
      const waiting: Item<InvertedFace>[] = [];
      const tracks = new Map<number, Seen[]>();
      let stretch = 0;
      const remember = (item: Item<InvertedFace>): void => {
        if (item.frame.isSceneStart) stretch += 1;
        const { index } = item.frame;
        for (const { trackId, shape, styles, light, isBridged } of item.faces) {
          const seen = tracks.get(trackId) ?? [];
          const last = seen.at(-1);
          const isNew = !last || last.frameIndex !== index - 1 || last.isBridged !== isBridged;
          if (isNew) stretch += 1;
          const part = isNew || item.frame.isSceneStart ? stretch : last.stretch;
          seen.push({ frameIndex: index, shape, styles, light, isBridged, stretch: part });
          tracks.set(trackId, seen);
        }
        for (const [trackId, seen] of tracks) {
          while (seen[0] && seen[0].frameIndex < index - 2 * radius) seen.shift();
          if (seen.length === 0) tracks.delete(trackId);
        }
      };
      const steady = (item: Item<InvertedFace>): Item<InvertedFace> =>
        item.with(
          item.faces.map((face) =>
            steadyFace(face, item.frame.index, tracks.get(face.trackId) ?? [], options),
          ),
        );
      const shiftAll = (): Item<InvertedFace>[] => waiting.splice(0).map(steady);
      return Promise.resolve({
        process(item: Item<InvertedFace>) {
          if (radius === 0) return [item];
          const out: Item<InvertedFace>[] = [];
          // A window never reaches over a cut: what waits before it need not wait for what follows.
          if (item.frame.isSceneStart) out.push(...shiftAll());
          remember(item);
          waiting.push(item);
          const oldest = waiting.length > radius ? waiting.shift() : undefined;
          if (oldest) out.push(steady(oldest));
          return out;
        },
        flush: shiftAll,
        drop() {
          for (const item of waiting.splice(0)) item.release();
        },
      });
    },
  });
}

function steadyFace(
  face: InvertedFace,
  frameIndex: number,
  seen: readonly Seen[],
  { radius, parts }: SmoothOptions,
): InvertedFace {
  const here = seen.find((one) => one.frameIndex === frameIndex);
  const near = seen.filter(
    (one) => one.stretch === here?.stretch && Math.abs(one.frameIndex - frameIndex) <= radius,
  );
  if (near.length < 2) return face;
  const weights = windowWeights(
    near.map((one) => one.frameIndex - frameIndex),
    radius,
  );
  const mean = (read: (shape: FaceShape) => Float32Array): Float32Array =>
    weightedMean(
      near.map((one) => read(one.shape)),
      weights,
    );
  const isSameStyle = near.every((one) => one.styles === face.styles);
  return {
    ...face,
    styles: isSameStyle
      ? face.styles
      : averageStyles(
          near.map((one) => one.styles),
          parts(),
          weights,
        ),
    nearLight: averageLight(
      near.map((one) => one.light),
      weights,
    ),
    shape: {
      ...face.shape,
      identity: mean((shape) => shape.identity),
      expression: mean((shape) => shape.expression),
      pose: meanPose(
        near.map((one) => one.shape.pose),
        weights,
      ),
    },
  };
}

function meanPose(poses: readonly Pose[], weights: readonly number[]): Pose {
  let [yaw, pitch, rollX, rollY, total] = [0, 0, 0, 0, 0];
  poses.forEach((pose, i) => {
    const weight = weights[i]!;
    total += weight;
    yaw += weight * pose.yaw;
    pitch += weight * pose.pitch;
    // Roll turns all the way round: its mean is taken on the circle.
    rollX += weight * Math.cos((pose.roll * Math.PI) / 180);
    rollY += weight * Math.sin((pose.roll * Math.PI) / 180);
  });
  return { yaw: yaw / total, pitch: pitch / total, roll: (Math.atan2(rollY, rollX) * 180) / Math.PI };
}
