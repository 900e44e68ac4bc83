import { firstValueFrom, of, type OperatorFunction } from 'rxjs';
import { NoFaceError } from '../core/errors.ts';
import type { ParsedFace } from '../core/faces.ts';
import { Item } from '../core/item.ts';
import { readPhoto } from '../media/photo.ts';
import { irisColor, type IrisColor } from '../ops/detail/iris.ts';
import { keptRegions } from '../ops/detail/kept-regions.ts';
import { sourceDetail, type SourceDetail } from '../ops/detail/source-detail.ts';
import type { SourceLabels } from '../ops/drive/drive-labels.ts';
import { atSide } from '../ops/image/resize-square.ts';
import { transformPoints } from '../ops/drive/transform-points.ts';
import { averageLight, lightFacts } from '../ops/light/light-facts.ts';
import { averageStyles } from '../ops/style/average-styles.ts';
import type { RegionStyles } from '../ops/style/styles.ts';
import type { StageContext } from '../stages/define-stage.ts';
import type { SwapEntry } from '../stages/swap.ts';
import { StageTimings } from '../stages/timings.ts';
import { photoFrame } from './photo-frame.ts';
import type { PlannedEntry } from './plan.ts';
import type { OpenTexture } from './swap-work.ts';

/** Photos with a longer side are scaled down to this: a face that fills one still has several crops' pixels. */
const longestPx = 2048;
/** Faces narrower than this give a soft, guessed texture. */
const smallFacePx = 64;

/** What reads faces off frames: detect, track, align and parse as one operator. */
export type ReadFaces = (context: StageContext) => OperatorFunction<Item<never>, Item<ParsedFace>>;

export type SourceTools = {
  readonly readFaces: ReadFaces;
  readonly texture: OpenTexture;
  readonly context: Pick<StageContext, 'scope' | 'tell'>;
  /** Which face of a photo, from the left; the largest when undefined. */
  readonly sourceFace: number | undefined;
};

/**
 * Reads the faces of a photo, from left to right, with the same stages that read a video's. Networks and workers
 * are those of the scope, opened if they are not yet.
 *
 * @throws {InputError} when the photo cannot be read
 */
export async function readPhotoFaces(
  path: string,
  readFaces: ReadFaces,
  { scope, tell }: Pick<StageContext, 'scope' | 'tell'>,
): Promise<readonly ParsedFace[]> {
  const frame = photoFrame(await readPhoto(path, longestPx));
  const context: StageContext = { scope, tell, timings: new StageTimings() };
  const item = await firstValueFrom(of(new Item<never>(frame, [])).pipe(readFaces(context)));
  item.release();
  return [...item.faces].sort((a, b) => a.box.x + a.box.w / 2 - (b.box.x + b.box.w / 2));
}

/**
 * Reads one person's photos into what the swap needs of them, once: style vectors per region, weighted by how
 * much of the region each photo shows; identity weights; light; what the photo that shows the face best shows where.
 *
 * @throws {NoFaceError} naming the photo without a face
 */
export async function readSource(entry: PlannedEntry, tools: SourceTools): Promise<SwapEntry> {
  const faces: ParsedFace[] = [];
  for (const photo of entry.photos) faces.push(await onlyFace(photo, tools));
  const { texture } = tools;
  const styles: RegionStyles[] = [];
  for (const face of faces) styles.push(await texture.encode(face.crop, face.labels));
  const identity = new Float32Array(faces[0]!.shape.identity.length);
  for (const { shape } of faces) shape.identity.forEach((w, i) => (identity[i]! += w / faces.length));
  const merged = averageStyles(styles, texture.parts);
  return {
    styles: merged,
    identity,
    light: averageLight(faces.map((face) => lightFacts(face.crop, face.labels, face.probabilities))),
    labels: bestLabels(faces),
    detail: texture.isSmall ? await bestDetail(faces, styles, texture) : undefined,
    kept: keptRegions(merged, entry.amounts, texture.isSmall),
    iris: meanIris(faces),
    amounts: entry.amounts,
    shape: entry.shape,
  };
}

async function onlyFace(photo: string, { readFaces, context, sourceFace }: SourceTools): Promise<ParsedFace> {
  const faces = await readPhotoFaces(photo, readFaces, context);
  if (faces.length === 0) {
    throw new NoFaceError(`No face was found in ${photo}.`, {
      code: 'NO_FACE_IN_SOURCE',
      hint: `Use a photo in which the face is at least ${smallFacePx} px wide and seen from the front.`,
    });
  }
  const largest = faces.reduce((a, b) => (b.box.w * b.box.h > a.box.w * a.box.h ? b : a));
  const face = sourceFace === undefined ? largest : faces[sourceFace];
  if (!face) {
    throw new NoFaceError(`${photo} shows ${count(faces.length)}, so there is no face ${sourceFace}.`, {
      code: 'NO_FACE_IN_SOURCE',
      hint: `Give --source-face a number from 0 to ${faces.length - 1}, or leave it out.`,
    });
  }
  const widthPx = Math.round(face.box.w);
  if (widthPx < smallFacePx) {
    context.tell({
      event: 'warning',
      code: 'SOURCE_FACE_SMALL',
      message: `The face in ${photo} is only ${widthPx} px wide.`,
      hint: `Faces of ${smallFacePx} px and more give a sharper result.`,
    });
  }
  return face;
}

function count(faces: number): string {
  return faces === 1 ? 'one face' : `${faces} faces`;
}

/** Mean colour of the irises over the photos that show them. */
function meanIris(faces: readonly ParsedFace[]): IrisColor | undefined {
  const seen = faces.flatMap(({ crop, labels, shape, cropFromFrame }) => {
    const color = irisColor(crop, labels, transformPoints(cropFromFrame, shape.points));
    return color ? [color] : [];
  });
  if (seen.length === 0) return undefined;
  const mean = (c: 0 | 1 | 2): number => seen.reduce((sum, color) => sum + color[c], 0) / seen.length;
  return [mean(0), mean(1), mean(2)];
}

/** The detail of the photo that shows the face largest and most from the front. */
async function bestDetail(
  faces: readonly ParsedFace[],
  styles: readonly RegionStyles[],
  { map, generate }: OpenTexture,
): Promise<SourceDetail | undefined> {
  const best = bestFace(faces);
  const { crop, labels, shape, cropFromFrame } = best;
  if (shape.points.length < 2 * 68) return undefined;
  const codes = await map(styles[faces.indexOf(best)]!.vectors);
  const [reconstruction] = await generate([{ codes, labels }]);
  return sourceDetail(
    crop,
    atSide(reconstruction!, best.cropSize),
    labels,
    transformPoints(cropFromFrame, shape.points),
    shape.visibility,
  );
}

/** What the best photo shows where, for its shape; undefined without landmarks to drive it by. */
function bestLabels(faces: readonly ParsedFace[]): SourceLabels | undefined {
  const { cropSize, probabilities, labels, shape, cropFromFrame } = bestFace(faces);
  if (shape.points.length < 2 * 68) return undefined;
  return {
    size: cropSize,
    probabilities,
    labels,
    points: transformPoints(cropFromFrame, shape.points),
    visibility: shape.visibility,
  };
}

/** The face that is largest and seen most from the front. */
function bestFace(faces: readonly ParsedFace[]): ParsedFace {
  const worth = ({ box, shape }: ParsedFace): number =>
    Math.min(box.w, 256) * Math.cos((shape.pose.yaw * Math.PI) / 180);
  return faces.reduce((best, face) => (worth(face) > worth(best) ? face : best));
}
