import type { TrackedFace } from '../../core/faces.ts';
import { thumbnailOf } from '../../media/picture-file.ts';
import { turnPicture, type Picture } from '../../ops/image/turn-picture.ts';
import { warpPlanes } from '../../ops/image/warp-planes.ts';
import type { PreviewFolder } from './preview-folder.ts';
import type { FrameFacts } from './preview-pass.ts';
import type { TrackReport } from './report.ts';
import type { ShowFacts } from './still.ts';

/** Side of a thumbnail in pixels. */
const side = 160;
/** How much larger than the face's box. */
const room = 1.35;
/** A new picture of a face must be so much better than the last. */
const better = 1.3;

type Seen = { picture: Picture; worth: number; frames: number; isSwapped: boolean };

/** Collects the best view of every face on the way. */
export class TrackThumbnails {
  readonly #tracks = new Map<number, Seen>();
  readonly #show: ShowFacts;

  constructor(show: ShowFacts) {
    this.#show = show;
  }

  /** Looks at a swapped frame's faces, as decoded. */
  look({ before, tracked, chosen }: FrameFacts): void {
    for (const face of tracked) {
      const isSwapped = chosen.includes(face.trackId);
      const seen = this.#tracks.get(face.trackId);
      const worth = worthOf(face);
      if (!seen || worth > better * seen.worth) {
        const picture = this.#cut(before, face);
        this.#tracks.set(face.trackId, {
          picture,
          worth,
          frames: (seen?.frames ?? 0) + 1,
          isSwapped: isSwapped || seen?.isSwapped === true,
        });
      } else {
        seen.frames += 1;
        seen.isSwapped ||= isSwapped;
      }
    }
  }

  /** Writes them and says what was seen of each face, by id. */
  async write(folder: PreviewFolder): Promise<readonly TrackReport[]> {
    const reports: TrackReport[] = [];
    for (const [trackId, { picture, frames, isSwapped }] of [...this.#tracks].sort(([a], [b]) => a - b)) {
      const data = await thumbnailOf(picture, { x: 0, y: 0, w: picture.width, h: picture.height }, side);
      const file = `tracks/${trackId}.webp`;
      await folder.write(file, data);
      const image = {
        data: `data:image/webp;base64,${data.toString('base64')}`,
        width: side,
        height: side,
      };
      reports.push({ trackId, image, file, isSwapped, frames });
    }
    return reports;
  }

  #cut(before: Uint8Array, { box }: TrackedFace): Picture {
    const { video, displayMatrix } = this.#show;
    const size = Math.max(4, Math.max(box.w, box.h) * room);
    const scale = size / side;
    const frameFromCrop = Float64Array.of(
      ...[scale, 0, box.x + box.w / 2 - size / 2],
      ...[0, scale, box.y + box.h / 2 - size / 2],
      ...[0, 0, 1],
    );
    const crop = warpPlanes({ data: before, ...video }, frameFromCrop, side, side);
    const area = side * side;
    const rgb = new Uint8ClampedArray(3 * area);
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++) rgb[3 * i + c] = 255 * crop[c * area + i]!;
    }
    return turnPicture({ width: side, height: side, rgb }, displayMatrix);
  }
}

/** Large and from the front is best. */
function worthOf({ box, shape, isBridged }: TrackedFace): number {
  const turned = Math.hypot(shape.pose.yaw, shape.pose.pitch);
  return (box.w * box.h * (isBridged ? 0.2 : 1)) / (1 + (turned / 30) ** 2);
}
