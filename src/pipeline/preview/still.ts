import type { Box } from '../../core/geometry.ts';
import type { DisplayMatrix } from '../../core/media.ts';
import type { Rational } from '../../core/rational.ts';
import type { VideoFormat } from '../../core/frame.ts';
import { pngOf, webpOf } from '../../media/picture-file.ts';
import { cutPicture, faceWindow, turnBox } from '../../ops/image/cut-picture.ts';
import { frameRgb } from '../../ops/image/frame-rgb.ts';
import { isOnItsSide, turnPicture, type Picture } from '../../ops/image/turn-picture.ts';
import { overlayLabels } from '../../ops/labels/overlay-labels.ts';
import type { PreviewFolder } from './preview-folder.ts';
import type { FrameFacts } from './preview-pass.ts';

/** How the frames of a file are to be shown. */
export type ShowFacts = {
  readonly video: VideoFormat;
  readonly displayMatrix: DisplayMatrix | undefined;
  readonly sampleAspect: Rational | undefined;
};

/** The pictures of one moment: upright, pixels not yet square. */
export type StillPictures = {
  readonly before: Picture;
  readonly after: Picture;
  readonly targetLabels: Picture;
  readonly swappedLabels: Picture;
  /** Where the chosen faces are, with some room around them; undefined without any. */
  readonly faceBox: Box | undefined;
  readonly sampleAspect: Rational | undefined;
};

/** A picture inside the page. */
export type PageImage = { readonly data: string; readonly width: number; readonly height: number };
/** Two pictures of the same size that lie on each other. */
export type PagePair = { readonly before: PageImage; readonly after: PageImage };

/** A file's planes as an upright picture. */
export function uprightPicture(planes: Uint8Array, { video, displayMatrix }: ShowFacts): Picture {
  const { width, height } = video.layout;
  return turnPicture({ width, height, rgb: frameRgb(planes, video.layout, video.color) }, displayMatrix);
}

/** Two pictures of one moment: upright, pixels not yet square. */
type BeforeAndAfter = Pick<StillPictures, 'before' | 'after' | 'sampleAspect'>;

/** Makes the two pictures of a moment alone. */
export function beforeAndAfter(after: Uint8Array, before: Uint8Array, show: ShowFacts): BeforeAndAfter {
  return {
    before: uprightPicture(before, show),
    after: uprightPicture(after, show),
    sampleAspect: turnedAspect(show),
  };
}

/** Makes the pictures of a moment; the planes are not needed afterwards. */
export function stillPictures(after: Uint8Array, facts: FrameFacts, show: ShowFacts): StillPictures {
  const { width, height } = show.video.layout;
  const upright = (picture: Picture): Picture => turnPicture(picture, show.displayMatrix);
  const before = { width, height, rgb: frameRgb(facts.before, show.video.layout, show.video.color) };
  const swapped = { width, height, rgb: frameRgb(after, show.video.layout, show.video.color) };
  const chosen = facts.tracked.filter(({ trackId }) => facts.chosen.includes(trackId));
  const box = faceWindow(
    chosen.map((face) => face.box),
    { width, height },
  );
  return {
    before: upright(before),
    after: upright(swapped),
    targetLabels: upright(overlayLabels(before, facts.targetLabels)),
    swappedLabels: upright(overlayLabels(swapped, facts.swappedLabels)),
    faceBox: box && turnBox(box, { width, height }, show.displayMatrix),
    sampleAspect: turnedAspect(show),
  };
}

/** Pixel aspect of the upright picture. */
function turnedAspect({ sampleAspect, displayMatrix }: ShowFacts): Rational | undefined {
  return sampleAspect && isOnItsSide(displayMatrix)
    ? { num: sampleAspect.den, den: sampleAspect.num }
    : sampleAspect;
}

/** Where the four pictures of a still lie. */
export type StillFiles = {
  readonly before: string;
  readonly after: string;
  readonly targetLabels: string;
  readonly swappedLabels: string;
};

/** Names of a still's files within the folder. */
export function stillNames(frame: number): StillFiles {
  const stem = `stills/${String(frame).padStart(6, '0')}`;
  return {
    before: `${stem}-before.png`,
    after: `${stem}-after.png`,
    targetLabels: `${stem}-regions-before.png`,
    swappedLabels: `${stem}-regions-after.png`,
  };
}

/** Writes before and after. */
export async function writeStill(
  pictures: BeforeAndAfter,
  names: StillFiles,
  folder: PreviewFolder,
): Promise<{ readonly before: string; readonly after: string }> {
  const [before, after] = await Promise.all(
    (['before', 'after'] as const).map(async (which) =>
      folder.write(names[which], await pngOf(pictures[which], pictures.sampleAspect)),
    ),
  );
  return { before: before!, after: after! };
}

/** Longest side of a still in the page, and of a face. */
const [pageBox, faceBoxSide] = [1280, 760];

/** What the page shows of a still. */
export type StillImages = {
  readonly frame: PagePair;
  readonly face: PagePair | undefined;
  readonly regions: PagePair;
};

/** Writes the label maps and makes the page's pictures. */
export async function finishStill(
  pictures: StillPictures,
  names: StillFiles,
  folder: PreviewFolder,
): Promise<StillImages> {
  const { sampleAspect, faceBox } = pictures;
  for (const which of ['targetLabels', 'swappedLabels'] as const) {
    await folder.write(names[which], await pngOf(pictures[which], sampleAspect));
  }
  const pair = async (before: Picture, after: Picture, box: number): Promise<PagePair> => ({
    before: await pageImage(before, box, sampleAspect),
    after: await pageImage(after, box, sampleAspect),
  });
  const cut = (picture: Picture): Picture => (faceBox ? cutPicture(picture, faceBox) : picture);
  return {
    frame: await pair(pictures.before, pictures.after, pageBox),
    face: faceBox && (await pair(cut(pictures.before), cut(pictures.after), faceBoxSide)),
    regions: await pair(
      cut(pictures.targetLabels),
      cut(pictures.swappedLabels),
      faceBox ? faceBoxSide : pageBox,
    ),
  };
}

/** A picture as a data URI. */
export async function pageImage(
  picture: Picture,
  box: number,
  sampleAspect: Rational | undefined,
): Promise<PageImage> {
  const { data, width, height } = await webpOf(picture, { box, sampleAspect });
  return { data: `data:image/webp;base64,${data.toString('base64')}`, width, height };
}
