import type { FrameSpan } from '../frame-range.ts';

/** Frames before and after one that its result depends on. */
export type Reach = { readonly before: number; readonly after: number };

/** What a frame's result depends on besides the frame itself. */
export type WorkReach = {
  /** Of finding and following faces. */
  readonly track: Reach;
  /**
   * Who is chosen may depend on so many turns of the file before a frame's own, of so many frames each; 0 turns = on nothing
   * before the frame.
   */
  readonly choose: { readonly turns: number; readonly turnFrames: number };
  /** Of where their crops are cut. */
  readonly align: Reach;
  /** What is read in a frame has a say in the next ones until the second multiple of this after it; 0 = none. */
  readonly memory: number;
  /** Of smoothing. */
  readonly smooth: Reach;
  /** The target's own style is read on every frame whose number is a multiple of this, and held between. */
  readonly keyFrameEvery: number;
};

/** No windows, for a first look: about right, and soon there. */
export const draftReach: WorkReach = {
  track: { before: 0, after: 0 },
  choose: { turns: 0, turnFrames: 1 },
  align: { before: 0, after: 0 },
  memory: 0,
  smooth: { before: 0, after: 0 },
  keyFrameEvery: 1,
};

/** Frames that are worked on in one go, and what is done with which of them. */
export type WorkSpan = FrameSpan & {
  /** From here on, faces are followed as in a run of the whole file. */
  readonly knownFrom: number;
  /** Frames that are swapped. */
  readonly wanted: readonly number[];
  /** Parts in which the places of faces matter; in the rest they are only followed. */
  readonly placed: readonly FrameSpan[];
  /** Parts whose faces are read: aligned, parsed, inverted. */
  readonly read: readonly FrameSpan[];
};

/**
 * The parts of a file that must be worked on so that the wanted frames come out as in a run of the whole file:
 * each with its windows, begun where nothing is held from before. Parts that touch are one.
 *
 * @param wanted frame numbers, any order
 * @param count frames in the file
 */
export function workSpans(
  wanted: readonly number[],
  { track, choose, align, memory, smooth, keyFrameEvery }: WorkReach,
  count: number,
): readonly WorkSpan[] {
  const into = (frame: number): number => Math.max(0, Math.min(count - 1, frame));
  type Growing = {
    first: number;
    last: number;
    knownFrom: number;
    wanted: number[];
    placed: FrameSpan[];
    read: FrameSpan[];
  };
  const spans: Growing[] = [];
  for (const frame of [...new Set(wanted)].sort((a, b) => a - b)) {
    const keyFrame = Math.floor(into(frame - smooth.before) / keyFrameEvery) * keyFrameEvery;
    const turn = memory === 0 ? keyFrame : (Math.floor(keyFrame / memory) - 1) * memory;
    const read = { first: into(turn), last: into(frame + smooth.after) };
    const placed = { first: into(read.first - align.before), last: into(read.last + align.after) };
    const { turns, turnFrames } = choose;
    const known = turns === 0 ? placed.first : (Math.floor(placed.first / turnFrames) - turns) * turnFrames;
    // The first frame of a part is taken for the beginning of a shot: one before what counts.
    const first = into(known - track.before - (turns === 0 ? 0 : 1));
    const last = into(placed.last + track.after);
    const open = spans.at(-1);
    if (open && first <= open.last + 1) {
      open.last = Math.max(open.last, last);
      open.wanted.push(frame);
      open.placed = joined(open.placed, placed);
      open.read = joined(open.read, read);
    } else {
      const knownFrom = first === 0 ? 0 : first + track.before + 1;
      spans.push({ first, last, knownFrom, wanted: [frame], placed: [placed], read: [read] });
    }
  }
  return spans;
}

/** Ascending parts and one more that does not begin before the last one. */
function joined(parts: readonly FrameSpan[], next: FrameSpan): FrameSpan[] {
  const last = parts.at(-1)!;
  return next.first <= last.last + 1
    ? [...parts.slice(0, -1), { first: last.first, last: Math.max(last.last, next.last) }]
    : [...parts, next];
}

/** True for frames in one of some parts. */
export function isWithin(parts: readonly FrameSpan[], frame: number): boolean {
  return parts.some(({ first, last }) => frame >= first && frame <= last);
}
