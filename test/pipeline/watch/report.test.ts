import { describe, expect, it } from 'vitest';
import type { JobEntry } from '../../../src/pipeline/watch/entries.ts';
import { jobReport, RunLog } from '../../../src/pipeline/watch/report.ts';
import type { JobOptions } from '../../../src/pipeline/watch/sidecars.ts';

describe('the report of a job', () => {
  const track = {
    ...{ id: 3, firstFrame: 10, lastFrame: 90, frames: 70, bridgedFrames: 5, framesChosen: 75 },
    widthPx: { min: 80.2, max: 121 },
  };
  const numbers = { frames: 100, framesSwapped: 75, framesLost: 0, seconds: 4 };

  it('tells who was in the file, as data and in the log', () => {
    const log = new RunLog();
    const hidden = { ...track, id: 4, widthPx: undefined };
    log.tell({
      ...{ event: 'finished', output: 'out.mp4', stageMilliseconds: { detect: 12 } },
      ...numbers,
      tracks: [track, hidden],
    });
    const report = jobReport({
      entry: { stamp: { sizeBytes: 1 }, failures: [] } as unknown as JobEntry,
      output: 'out.mp4',
      result: { sizeBytes: 2, sha256: 'x', ...numbers },
      options: {} as JobOptions,
      ...{ sidecars: [], log, startedAt: '', facts: {}, version: '1' },
    });
    expect(report).toMatchObject({ tracks: [track, hidden], stageMilliseconds: { detect: 12 } });
    expect(log.text).toContain('face 3: frames 10-90, 80.2-121 px wide, chosen in 75\n');
    expect(log.text).toContain('face 4: frames 10-90, chosen in 75\n');
  });
});
