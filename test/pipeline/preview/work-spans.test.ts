import { describe, expect, it } from 'vitest';
import { isWithin, workSpans, type WorkReach } from '../../../src/pipeline/preview/work-spans.ts';

const reach: WorkReach = {
  track: { before: 10, after: 30 },
  choose: { turns: 0, turnFrames: 25 },
  align: { before: 20, after: 3 },
  memory: 4,
  smooth: { before: 6, after: 6 },
  keyFrameEvery: 12,
};

describe('workSpans', () => {
  it('goes back to the key frame of the first frame of the window, and from there by the other windows', () => {
    // Window 94…106; key frame 84; read from 80 on, placed from 60 to 109, followed from 50 to 139.
    expect(workSpans([100], reach, 1000)).toEqual([
      {
        ...{ first: 50, last: 139, knownFrom: 61, wanted: [100] },
        ...{ placed: [{ first: 60, last: 109 }], read: [{ first: 80, last: 106 }] },
      },
    ]);
  });
  it('reads from the last turn but one of the label memory on', () => {
    // Key frame 84; turns at 80 and 75.
    expect(workSpans([100], { ...reach, memory: 5 }, 1000)[0]?.read).toEqual([{ first: 75, last: 106 }]);
    expect(workSpans([100], { ...reach, memory: 0 }, 1000)[0]?.read).toEqual([{ first: 84, last: 106 }]);
  });
  it('follows faces through whole turns of the file before that, where who is chosen depends on them', () => {
    // Placed from 360 on, in turn 14: turns 11 to 13 begin at 275, and 10 frames and one more before.
    const [span] = workSpans([400], { ...reach, choose: { turns: 3, turnFrames: 25 } }, 1000);
    expect(span).toMatchObject({ first: 264, knownFrom: 275, placed: [{ first: 360, last: 409 }] });
  });
  it('stays within the file', () => {
    const all = { first: 0, last: 20 };
    const known = { knownFrom: 0 };
    const read = [
      { first: 0, last: 6 },
      { first: 8, last: 20 },
    ];
    expect(workSpans([0, 20], reach, 21)).toEqual([
      { ...all, ...known, wanted: [0, 20], placed: [all], read },
    ]);
  });
  it('joins what touches and parts what does not', () => {
    const spans = workSpans([500, 100, 200, 100], reach, 1000);
    expect(spans.map(({ wanted }) => wanted)).toEqual([[100], [200], [500]]);
    const near = workSpans([100, 150], reach, 1000);
    expect(near).toHaveLength(1);
    // Followed all the way, placed and read in two parts.
    expect(near[0]).toEqual({
      ...{ first: 50, last: 189, knownFrom: 61, wanted: [100, 150] },
      placed: [
        { first: 60, last: 109 },
        { first: 120, last: 159 },
      ],
      read: [
        { first: 80, last: 106 },
        { first: 140, last: 156 },
      ],
    });
  });
  it('tells what lies within', () => {
    expect([4, 5, 7, 8].map((frame) => isWithin([{ first: 5, last: 7 }], frame))).toEqual([
      ...[false, true, true, false],
    ]);
  });
});
