import type { Detection } from '../core/faces.ts';
import type { Frame } from '../core/frame.ts';
import type { Item } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import type { Detector } from '../nets/detector.ts';
import type { PixelPool } from '../nets/pixels.ts';
import { transformPoints } from '../ops/drive/transform-points.ts';
import { centreDistance, suppressOverlaps } from '../ops/geometry/boxes.ts';
import type { View } from '../ops/geometry/letterbox.ts';
import { detectorLook, moreViews, usualView } from '../ops/track/detector-views.ts';
import { defineStage, type Stage } from './define-stage.ts';

export type DetectOptions = {
  readonly openDetector: (scope: Scope) => Promise<Detector>;
  readonly openPixels: (scope: Scope) => PixelPool;
  /** The detector runs on every so many frames, counted in the file, and where scenes start. */
  readonly every: number;
  /** True: the first frame that comes is looked at too, wherever in the file it stands. */
  readonly isFirstDetected: boolean;
  /** True: a frame is looked at in several scales, and turned, only when the usual look shows nobody. */
  readonly isQuick?: boolean | undefined;
};

/** Two boxes that overlap more are one face. */
const mostOverlap = 0.4;
/** Faces with this score are upright: YuNet gives 0.92 and more upright, up to 0.89 to the same faces turned (measured). */
const sureScore = 0.91;
const sureTurned = 0.8;

/**
 * Finds the faces of detector frames; the others go through without. Each frame is fitted into the network's
 * picture; where a scene starts and on every fifth detector frame in several scales, and turned where that
 * shows nobody, or nobody surely. Only what the network sees becomes RGB, in a worker.
 */
export function detect(options: DetectOptions): Stage<Item<never>, Item<Detection>> {
  const { every } = options;
  return defineStage({
    name: 'detect',
    concurrency: 2,
    lookahead: 0,
    async open({ scope }) {
      const pixels = options.openPixels(scope);
      const detector = await options.openDetector(scope);
      const look = lookWith(detector, pixels);
      const { width, height } = detector.feed;
      const net = { width, height, isFixedSize: detector.isFixedSize, step: detector.step };
      let isFirst = options.isFirstDetected;
      return {
        async process(item) {
          const { frame } = item;
          const { index, isSceneStart } = frame;
          const kind = detectorLook(index, isSceneStart || isFirst, every);
          isFirst = false;
          if (kind === 'none') return [item.with<Detection>([])];
          const { layout } = frame.format;
          const isThorough = kind === 'thorough';
          const usual = usualView(layout, net);
          if (isThorough && options.isQuick === true) {
            const seen = await look(frame, [usual]);
            if (seen.length > 0) return [item.with(seen)];
          }
          let found = await look(frame, [usual, ...(isThorough ? moreViews(layout, net) : [])]);
          // Nobody surely upright: perhaps somebody, or the picture, is turned. The surest look wins.
          const isDoubtful = found.length === 0 || found.some(({ score }) => score < sureScore);
          if (isThorough && isDoubtful) {
            const turned = await look(
              frame,
              [1, 2, 3].map((turns) => usualView(layout, net, turns)),
            );
            found = joinTurned(found, turned);
          }
          return [item.with(found)];
        },
      };
    },
  });
}

/** Looks at a frame through some views and joins what is seen. */
function lookWith(
  detector: Detector,
  pixels: PixelPool,
): (frame: Frame, views: readonly View[]) => Promise<Detection[]> {
  const spare = new Map<number, Float32Array<ArrayBuffer>>();
  const { layout, channels, mean, std } = detector.feed;
  return async (frame, views) => {
    const { data, format } = frame;
    const planes = { data, layout: format.layout, color: format.color };
    const all: Detection[] = [];
    for (const { width, height, frameFromNet } of views) {
      const length = 3 * width * height;
      const out = spare.get(length);
      spare.delete(length);
      const picture = await pixels.run(
        'makeFeed',
        {
          planes,
          frameFromCrop: frameFromNet,
          width,
          height,
          feed: { layout, channels, mean, std },
          out,
        },
        out ? [out] : [],
      );
      const { found, memory } = await detector.run(picture, { width, height });
      spare.set(length, memory);
      // In the network's picture first: a picture has hundreds of candidates for one face.
      for (const detection of suppressOverlaps(found, mostOverlap))
        all.push(toFrame(detection, frameFromNet));
    }
    return suppressOverlaps(all, mostOverlap).filter(({ box }) => touches(box, format.layout));
  };
}

/** Adds faces found in a turned picture: only sure ones, and in the place of an upright one only when surer. */
function joinTurned(upright: readonly Detection[], turned: readonly Detection[]): Detection[] {
  const isPlace = (a: Detection, b: Detection): boolean => centreDistance(a.box, b.box) < 0.6;
  const sure = turned.filter(
    (one) =>
      one.score > sureTurned && upright.every((other) => !isPlace(one, other) || one.score > other.score),
  );
  return [...sure, ...upright.filter((one) => !sure.some((other) => isPlace(one, other)))];
}

/** A detection in frame pixels. */
function toFrame({ box, score, fivePoints }: Detection, frameFromNet: View['frameFromNet']): Detection {
  const corners = transformPoints(frameFromNet, Float32Array.of(box.x, box.y, box.x + box.w, box.y + box.h));
  const [x0, y0, x1, y1] = corners as unknown as [number, number, number, number];
  return {
    box: { x: Math.min(x0, x1), y: Math.min(y0, y1), w: Math.abs(x1 - x0), h: Math.abs(y1 - y0) },
    score,
    fivePoints: transformPoints(frameFromNet, fivePoints),
  };
}

/** Edges are repeated around the frame: what is found there alone is no face. */
function touches(
  { x, y, w, h }: Detection['box'],
  frame: { readonly width: number; readonly height: number },
): boolean {
  const [cx, cy] = [x + w / 2, y + h / 2];
  return cx > 0 && cy > 0 && cx < frame.width && cy < frame.height && w >= 4 && h >= 4;
}
