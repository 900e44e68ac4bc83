import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { boxOverlap } from '../src/ops/geometry/boxes.ts';
import { material, root, type Bench } from './bench.ts';
import { openProfile, runFaces } from './face-run.ts';

type TrueFace = {
  readonly box: readonly [number, number, number, number];
  readonly points68: readonly (readonly [number, number])[];
  readonly visible68: readonly number[];
  readonly seen: number;
};
type Truth = { readonly frames: readonly { readonly faces: readonly TrueFace[] }[] };

const clips = ['talk', 'talk-720p', 'glasses', 'light', 'occluder', 'cross', 'cut', 'leave'];

/** Landmarks and crops of the aligned faces against the truth, and how still the crop of a still face is. */
export const bench: Bench = {
  name: 'align',
  what: 'mini on the samples: landmarks after refining and smoothing against the true ones; corners of the crop of a still, noisy face',
  async run(say) {
    const open = await openProfile('mini');
    const moving: Record<string, unknown> = {};
    for (const name of clips) {
      const packed = await readFile(join(root, 'samples/truth', `${name}.json.gz`));
      const { frames } = JSON.parse(gunzipSync(packed).toString()) as Truth;
      const [all, visible, anchors, raw]: number[][] = [[], [], [], []];
      await runFaces(
        join(root, 'samples', `${name}.mp4`),
        open,
        { smooth: 'medium', isRefined: true },
        (index, parsed, tracked) => {
          for (const { box, points68, visible68 } of frames[index]!.faces.filter(({ seen }) => seen > 0.5)) {
            const [x, y, w, h] = box;
            const isHere = (face: { box: Parameters<typeof boxOverlap>[0] }): boolean =>
              boxOverlap(face.box, { x, y, w, h }) > 0.4;
            const [mine, before] = [parsed.find(isHere), tracked.find(isHere)];
            if (!mine || !before) continue;
            const eyes = Math.hypot(points68[36]![0] - points68[45]![0], points68[36]![1] - points68[45]![1]);
            const errors = errorsOf(mine.shape.points, points68).map((error) => error / eyes);
            all!.push(mean(errors));
            visible!.push(mean(errors.filter((_, i) => visible68[i] === 1)));
            anchors!.push(anchorError(mine.shape.points, points68) / eyes);
            raw!.push(mean(errorsOf(before.shape.points, points68)) / eyes);
          }
        },
      );
      const figures = {
        all68: percent(all!),
        visibleOf68: percent(visible!),
        anchors: percent(anchors!),
        all68BeforeSmoothing: percent(raw!),
      };
      say(`${name}: ${JSON.stringify(figures)}`);
      moving[name] = figures;
    }
    const still: Record<string, unknown> = {};
    for (const source of ['source-1', 'source-2', 'source-4']) {
      const clip = await material(`still-${source}.mkv`, [
        ...[
          '-loop',
          '1',
          '-framerate',
          '25',
          '-t',
          '2.4',
          '-i',
          join(root, 'samples', `${source}.png`),
          '-vf',
        ],
        'scale=-2:720,pad=1280:720:(ow-iw)/2:0:gray,noise=alls=7:allf=t,format=yuv420p',
        ...['-c:v', 'ffv1'],
      ]);
      const quads: Float32Array[] = [];
      const before: Float32Array[] = [];
      await runFaces(clip, open, { smooth: 'medium', isRefined: true }, (_, parsed, tracked) => {
        if (parsed[0]) quads.push(Float32Array.from(parsed[0].quad));
        if (tracked[0]) before.push(tracked[0].shape.points.slice(0, 136));
      });
      still[source] = {
        cornersRmsPerCoordinatePx: rms(quads),
        cornersRmsDistancePx: rms(quads) * Math.SQRT2,
        landmarksRmsPerCoordinateBeforeSmoothingPx: rms(before),
        frames: quads.length,
      };
      say(`${source}: ${JSON.stringify(still[source])}`);
    }
    return {
      moving,
      still,
      unit: 'percent of the distance of the outer eye corners; pixels at 1280x720',
      bar: 'moving <= 2.5 %; corners of a still face <= 0.15 px rms',
    };
  },
};

function errorsOf(points: Float32Array, truth: TrueFace['points68']): number[] {
  return truth.map(([x, y], i) => Math.hypot(points[2 * i]! - x, points[2 * i + 1]! - y));
}

/** Mean error of what the crop is made from: centres of the eyes, corners of the mouth. */
function anchorError(points: Float32Array, truth: TrueFace['points68']): number {
  const groups = [[36, 37, 38, 39, 40, 41], [42, 43, 44, 45, 46, 47], [48], [54]];
  return mean(
    groups.map((group) => {
      const dx = mean(group.map((i) => points[2 * i]! - truth[i]![0]));
      const dy = mean(group.map((i) => points[2 * i + 1]! - truth[i]![1]));
      return Math.hypot(dx, dy);
    }),
  );
}

/** Root mean square of the coordinates about their means over time. */
function rms(series: readonly Float32Array[]): number {
  let [sum, count] = [0, 0];
  for (let k = 0; k < (series[0]?.length ?? 0); k++) {
    const middle = mean(series.map((one) => one[k]!));
    for (const one of series) sum += (one[k]! - middle) ** 2;
    count += series.length;
  }
  return Number(Math.sqrt(sum / Math.max(1, count)).toFixed(3));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function percent(values: readonly number[]): number {
  return Number((100 * mean(values)).toFixed(2));
}
