import { describe, expect, it } from 'vitest';
import { isWithin, workSpans, type WorkReach } from '../../../src/pipeline/preview/work-spans.ts';

const reach: WorkReach = {
  track: { before: 10, after: 30 },
  parse: { before: 3, after: 3 },
  smooth: { before: 6, after: 6 },
  keyFrameEvery: 12,
};

describe('workSpans', () => {
  it('goes back to the key frame of the first frame of the window, and from there by the other windows', () => {
    // Window 94…106; key frame 84; crops from 81 on, faces from 71 on; crops to 109, faces to 139.
    expect(workSpans([100], reach, 1000)).toEqual([
      { first: 71, last: 139, wanted: [100], read: [{ first: 81, last: 109 }] },
    ]);
  });
  it('stays within the file', () => {
    expect(workSpans([0, 20], reach, 21)).toEqual([
      { first: 0, last: 20, wanted: [0, 20], read: [{ first: 0, last: 20 }] },
    ]);
  });
  it('joins what touches and parts what does not', () => {
    const spans = workSpans([500, 100, 200, 100], reach, 1000);
    expect(spans.map(({ wanted }) => wanted)).toEqual([[100], [200], [500]]);
    const near = workSpans([100, 150], reach, 1000);
    expect(near).toHaveLength(1);
    expect(near[0]).toMatchObject({ first: 71, last: 189, wanted: [100, 150] });
    // In between faces are only followed.
    expect(near[0]!.read).toEqual([
      { first: 81, last: 109 },
      { first: 141, last: 159 },
    ]);
  });
  it('tells what lies within', () => {
    expect([4, 5, 7, 8].map((frame) => isWithin([{ first: 5, last: 7 }], frame))).toEqual([
      ...[false, true, true, false],
    ]);
  });
});
