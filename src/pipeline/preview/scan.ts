import { map, type Observable } from 'rxjs';
import { sampledFace, type Sample } from '../../ops/preview/telling-moments.ts';
import { gridDistance, isNewPicture, lumaOf, lumaGrid } from '../../ops/scene/scene-cut.ts';
import type { StageContext } from '../../stages/define-stage.ts';
import type { ReadPlan } from '../plan-video.ts';
import { scanFrames, type ScanPlan } from '../scan-frames.ts';
import type { SwapTools } from '../swap-work.ts';

/** Looks at some frames of a file, each by itself: who is there, how large, turned, open-mouthed and covered. */
export function scan(
  read: ReadPlan,
  plan: ScanPlan,
  tools: Pick<SwapTools, 'track' | 'freshTrack'>,
  context: StageContext,
): Observable<Sample> {
  let before: Float32Array | undefined;
  let scene = 0;
  return scanFrames(read, plan, tools.freshTrack ?? tools.track, context).pipe(
    map((item): Sample => {
      const { frame, faces } = item;
      const { luma, peak } = lumaOf(frame.data, frame.format.layout);
      const grid = lumaGrid(luma, frame.format.layout, peak);
      if (before && isNewPicture(gridDistance(before, grid))) scene += 1;
      before = grid;
      item.release();
      return { frame: frame.index, scene, faces: faces.map(sampledFace) };
    }),
  );
}
