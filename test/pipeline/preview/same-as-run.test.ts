import { join } from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../../../src/core/options/define.ts';
import { previewOptions } from '../../../src/core/options/preview.ts';
import { swapRunOptions } from '../../../src/core/options/swap-run.ts';
import type { PreviewEvent, StillEvent } from '../../../src/core/preview-events.ts';
import { openTools } from '../../../src/pipeline/open-tools.ts';
import { runPreview } from '../../../src/pipeline/preview/run-preview.ts';
import type { OpenTools } from '../../../src/pipeline/run-swap.ts';
import { runSwap } from '../../../src/pipeline/run-swap.ts';
import { fakeTools } from '../../helpers/fake-faces.ts';
import { temporaryFolder } from '../../helpers/media.ts';

const sample = (name: string): string => join(import.meta.dirname, '..', '..', '..', 'samples', name);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

describe('a preview with the bundled networks', () => {
  // What a still depends on reaches back to frame 14: 98 of 125 frames are followed, none before them is decoded.
  const frame = 112;
  const swapped = { source: [sample('source-1.png')], smooth: 'low', device: 'cpu' };
  const stillOf = async (given: Record<string, unknown>, open: OpenTools): Promise<StillEvent> => {
    const options = resolveOptions(previewOptions, { ...swapped, frames: String(frame), ...given });
    const events: PreviewEvent[] = await lastValueFrom(runPreview(options, open).pipe(toArray()));
    return events.find((event): event is StillEvent => event.event === 'still' && !event.isDraft)!;
  };

  it('shows a frame as the run of the whole file makes it, bit for bit', { timeout: 600_000 }, async () => {
    const output = join(folder.path, 'whole.mkv');
    const target = sample('talk.mp4');
    const run = resolveOptions(swapRunOptions, { ...swapped, target, output, codec: 'ffv1', audio: 'none' });
    await lastValueFrom(runSwap(run, openTools));
    const part = await stillOf({ target, outputDir: join(folder.path, 'part') }, openTools);
    // A preview of the lossless whole is a picture of it.
    const nobody = fakeTools({ at: () => [] });
    const whole = await stillOf({ target: output, outputDir: join(folder.path, 'of-whole') }, () =>
      Promise.resolve({ tools: nobody, devices: {}, profile: 'fake 1' }),
    );
    const pixels = (path: string): Promise<Buffer> => sharp(path).raw().toBuffer();
    const [after, truth, before] = await Promise.all([part.after, whole.after, part.before].map(pixels));
    expect(after!.equals(truth!)).toBe(true);
    expect(after!.equals(before!)).toBe(false);
  });
});
