import type { AlignedFace, TrackedFace } from '../core/faces.ts';
import type { Frame } from '../core/frame.ts';
import type { Item } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import type { PixelPool } from '../nets/pixels.ts';
import { quadOfFrame } from '../ops/geometry/ffhq-quad.ts';
import { oneEuro, type OneEuroState } from '../ops/geometry/one-euro.ts';
import { cropSpace } from '../ops/geometry/quad.ts';
import { compose } from '../ops/geometry/transform.ts';
import { facePoints, placeOf, squareOf, steadyFace, type FacePlace } from '../ops/geometry/steady-face.ts';
import { defineStage, type Stage } from './define-stage.ts';
import { TrackStretches } from './track-stretches.ts';

/** How the crop is kept still. */
export type AlignSmoothing =
  /** A centred window of `radius` frames to each side: no lag, but that many frames of look-ahead; 0 = off. */
  | { readonly kind: 'window'; readonly radius: number }
  /** A one-euro filter: no look-ahead, a little lag. */
  | { readonly kind: 'one-euro' };

export type AlignOptions = {
  /** Side of the aligned crop in pixels. */
  readonly cropSize: number;
  readonly smoothing: AlignSmoothing;
  /** How many rows below the crop are cut out too; none when left out. */
  readonly rowsBelow?: number | undefined;
  readonly openPixels: (scope: Scope) => PixelPool;
  /** Frames that are wanted; of the others only the places count, for the windows of these. All when left out. */
  readonly isRead?: ((frameIndex: number) => boolean) | undefined;
};

/** How many times further than ahead the window looks back, for faces at rest. */
const pastReach = 12;

/** Frames before and after one in which the places of its faces matter for its crop. */
export function alignReach(radius: number): { readonly before: number; readonly after: number } {
  return { before: pastReach * radius, after: radius };
}

/** Measured: a resting square of 360 px is a third as restless (0.21 px), one that moves 14 px a frame 2 px late. */
const lowLatency = { restHz: 0.5, perSpeed: 25 };

/**
 * Adds the aligned crop to every face: the FFHQ square from its landmarks, steadied over time together with the
 * landmarks, and what the frame shows there and, if wanted, right below. Never looks across a scene cut or a bridged gap. A face whose
 * landmarks span no square is left out.
 *
 * The crop lies in shared memory, so that workers read it without a copy.
 */
export function align(options: AlignOptions): Stage<Item<TrackedFace>, Item<AlignedFace>> {
  const { cropSize, smoothing, rowsBelow = 0 } = options;
  const radius = smoothing.kind === 'window' ? smoothing.radius : 0;
  return defineStage({
    name: 'align',
    concurrency: 1,
    lookahead: radius,
    open({ scope }) {
      const pixels = options.openPixels(scope);
      const waiting: Item<TrackedFace>[] = [];
      const window = new TrackStretches<FacePlace>((pastReach + 1) * radius);
      const filter = lowLatencyFilter();

      const placeNow = (face: TrackedFace, frame: Frame): FacePlace => {
        const near = window.around(face.trackId, frame.index, pastReach * radius, radius);
        const distances = near.map((entry) => entry.frameIndex - frame.index);
        const here = near[distances.indexOf(0)]!.value;
        if (smoothing.kind === 'one-euro') return filter(face, here, frame);
        if (near.length < 2) return here;
        return steadyFace(
          near.map(({ value }) => value),
          distances,
          radius / 2,
        );
      };
      const cut = async (face: TrackedFace, place: FacePlace, frame: Frame): Promise<AlignedFace> => {
        const quad = quadOfFrame(squareOf(place));
        const space = cropSpace(quad, cropSize);
        const { layout, color } = frame.format;
        const cutRows = (first: number, height: number): Promise<Float32Array> =>
          pixels.run('warpPlanes', {
            planes: { data: frame.data, layout, color },
            frameFromCrop: compose(space.frameFromCrop, Float64Array.of(1, 0, 0, 0, 1, first, 0, 0, 1)),
            width: cropSize,
            height,
            out: new Float32Array(new SharedArrayBuffer(3 * cropSize * height * 4)),
          });
        const crop = await cutRows(0, cropSize);
        const below =
          rowsBelow > 0 ? { rows: rowsBelow, crop: await cutRows(cropSize, rowsBelow) } : undefined;
        const shape = { ...face.shape, points: facePoints(place) };
        return { ...face, shape, quad, ...space, cropSize, crop, below };
      };
      /** Frames whose windows are full, with the places of their faces; those that nobody wants are released. */
      const placed = (given: readonly Item<TrackedFace>[]): readonly Placed[] => {
        const { isRead = () => true } = options;
        for (const item of given) if (!isRead(item.frame.index)) item.release();
        // One after the other: a one-euro filter has to see them in order.
        return given
          .filter(({ frame }) => isRead(frame.index))
          .map((item) => ({ item, places: item.faces.map((face) => placeNow(face, item.frame)) }));
      };
      const alignAll = async (
        ready: readonly Placed[],
        input?: Item<TrackedFace>,
      ): Promise<Item<AlignedFace>[]> => {
        const work = ready.map(async ({ item, places }) =>
          item.with(await Promise.all(item.faces.map((face, i) => cut(face, places[i]!, item.frame)))),
        );
        try {
          return await Promise.all(work);
        } catch (error) {
          await Promise.allSettled(work);
          for (const { item } of ready) if (item !== input) item.release();
          // Whoever gave it releases it.
          const at = input ? waiting.indexOf(input) : -1;
          if (at >= 0) waiting.splice(at, 1);
          throw error;
        }
      };
      return Promise.resolve({
        process(given: Item<TrackedFace>) {
          const places = new Map(given.faces.map((face) => [face, placeOf(face.shape.points)]));
          const item = given.with(given.faces.filter((face) => places.get(face)));
          const { index, isSceneStart } = item.frame;
          // A window never reaches over a cut: what waits before it need not wait for what follows.
          // Placed first: the next frame may be far on, and the window forgets what is long before it.
          const ready = [...placed(isSceneStart ? waiting.splice(0) : [])];
          window.add(index, isSceneStart, item.faces, (face) => places.get(face)!);
          waiting.push(item);
          if (waiting.length > radius) ready.push(...placed([waiting.shift()!]));
          return alignAll(ready, item);
        },
        flush: () => alignAll(placed(waiting.splice(0))),
        drop() {
          for (const item of waiting.splice(0)) item.release();
        },
      });
    },
  });
}

/** A frame, and where the crops of its faces lie. */
type Placed = { readonly item: Item<TrackedFace>; readonly places: readonly FacePlace[] };

/** One filter a track; begins anew after a cut or a gap. */
function lowLatencyFilter(): (face: TrackedFace, place: FacePlace, frame: Frame) => FacePlace {
  type Known = {
    readonly square: OneEuroState;
    readonly local: OneEuroState;
    readonly frame: Pick<Frame, 'index' | 'pts'>;
    readonly isBridged: boolean;
  };
  const tracks = new Map<number, Known>();
  return ({ trackId, isBridged }, place, frame) => {
    const { index, pts, isSceneStart } = frame;
    const { num, den } = frame.format.timeBase;
    const known = tracks.get(trackId);
    const isNext = known?.frame.index === index - 1 && known.isBridged === isBridged && !isSceneStart;
    const before = isNext ? known : undefined;
    const seconds = before ? ((pts - before.frame.pts) * num) / den : 0;
    const half = Math.hypot(place.square[2]!, place.square[3]!);
    const square = oneEuro(place.square, before?.square, seconds, 2, half, lowLatency);
    const local = oneEuro(place.local, before?.local, seconds, 2, 1, lowLatency);
    tracks.set(trackId, { square, local, frame: { index, pts }, isBridged });
    return { square: square.value, local: local.value };
  };
}
