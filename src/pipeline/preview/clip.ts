import type { Observable } from 'rxjs';
import { map } from 'rxjs';
import { clipPlan } from '../../media/clip-plan.ts';
import type { OutputMark } from '../../media/mark.ts';
import { isOnItsSide } from '../../ops/image/turn-picture.ts';
import type { StageContext } from '../../stages/define-stage.ts';
import { encode, type WrittenFrame } from '../../stages/encode.ts';
import { endPtsOf, type FrameSpan } from '../frame-range.ts';
import { temporaryPathFor, type ReadPlan } from '../plan-video.ts';
import { halfWidth, pairFormat, pairFrames } from './pair-frames.ts';
import type { PreviewFrame } from './preview-pass.ts';

/** A clip that is ready to take frames. */
export type Clip = {
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  /** Writes the frames; the file is there when the stream has ended. */
  write(frames: Observable<PreviewFrame>, context: StageContext): Observable<WrittenFrame>;
};

/** Plans the side-by-side clip of a part of a file. */
export async function planClip(
  read: ReadPlan,
  { first, last }: FrameSpan,
  outputPath: string,
  mark: OutputMark | undefined,
): Promise<Clip> {
  const { media, times, video, ffmpeg } = read;
  const { num, den } = media.video.timeBase;
  const [startPts, endPts] = [times.pts[first]!, endPtsOf(times, last)];
  const { plan, width, height } = await clipPlan(media, {
    ffmpeg,
    color: video.color,
    rate: times.rate.mean,
    halfWidth: halfWidth(video.layout.width),
    isOnItsSide: isOnItsSide(media.video.displayMatrix),
    startSeconds: (startPts * num) / den,
    endSeconds: (endPts * num) / den,
    mark,
  });
  const format = pairFormat(video);
  return {
    width,
    height,
    seconds: ((endPts - startPts) * num) / den,
    write: (frames, context) =>
      frames.pipe(
        map((frame) => ({
          ...frame,
          release: () => {
            frame.item.release();
          },
        })),
        pairFrames(video).in(context),
        encode({
          ffmpeg,
          plan,
          video: format,
          sampleAspect: undefined,
          zeroPts: startPts,
          displayMatrix: undefined,
          ticksOf: (index) => endPtsOf(times, index) - times.pts[index]!,
          temporaryPath: temporaryPathFor(outputPath),
          outputPath,
        }).in(context),
      ),
  };
}
