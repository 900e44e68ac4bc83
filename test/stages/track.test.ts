import { describe, expect, it } from 'vitest';
import type { Detection } from '../../src/core/faces.ts';
import { Item } from '../../src/core/item.ts';
import { track } from '../../src/stages/track.ts';
import type { TrackerState } from '../../src/ops/track/tracker.ts';
import { stageContract } from '../contract/stage.ts';
import {
  scriptedDetections,
  scriptedReader,
  trackScript,
  type Actor,
  type Script,
} from '../helpers/scripted-faces.ts';

const still: Script = { frames: 99, at: () => [{ who: 1, x: 100, y: 100, side: 60 }] };

stageContract('track', {
  make: () =>
    track({
      every: 5,
      bridgeFrames: 4,
      birthScore: 0.6,
      birthPresence: 0.5,
      keepPresence: 0.25,
      history: undefined,
      openReader: () => Promise.resolve({ readFace: scriptedReader(still), hasPresence: true }),
    }),
  item: (frame) => new Item<Detection>(frame, scriptedDetections(still, frame.index)),
  itemWithoutFace: (frame) => new Item<Detection>(frame, []),
  indexOf: ({ frame }) => frame.index,
});

/** Ids of the faces of each frame from left to right, bridged ones with a b. */
async function ids(
  script: Script,
  ...rest: Parameters<typeof trackScript> extends [Script, ...infer R] ? R : never
) {
  const frames = await trackScript(script, ...rest);
  return frames.map((faces) =>
    [...faces]
      .sort((a, b) => a.box.x - b.box.x)
      .map(({ trackId, isBridged }) => `${trackId}${isBridged ? 'b' : ''}`)
      .join(' '),
  );
}

const walk = (who: number, x: number, more: Partial<Actor> = {}): Actor => ({
  who,
  x,
  y: 100,
  side: 60,
  ...more,
});

describe('track', () => {
  it('shows a face from its first sight on, though it is sure only later', async () => {
    expect(await ids({ frames: 8, at: (i) => (i < 5 ? [] : [walk(1, 100)]) })).toEqual([
      ...['', '', '', '', ''],
      ...['0', '0', '0'],
    ]);
  });

  it('finds no second face in the middle of a face', async () => {
    const at = (i: number): Actor[] => {
      const large = walk(1, 300, { y: 300, side: 220 });
      return i < 5 ? [large] : [large, walk(2, 300, { y: 330, side: 70 })];
    };
    expect(await ids({ frames: 12, at })).toEqual(Array.from({ length: 12 }, () => '0'));
  });
  it('counts persons as they come, those of one frame from the left', async () => {
    const at = (i: number): Actor[] => [walk(5, 300), walk(3, 100), ...(i >= 5 ? [walk(4, 200)] : [])];
    expect((await ids({ frames: 12, at })).at(-1)).toBe('0 2 1');
  });

  it('keeps ids when two faces cross and one hides the other', async () => {
    for (const speed of [3, 8, 20]) {
      const at = (i: number): Actor[] => {
        const a = 200 + speed * (i - 30);
        const b = 200 - speed * (i - 30);
        return [walk(1, a, { isHidden: Math.abs(a - b) < 50 }), walk(2, b)];
      };
      const frames = await trackScript({ frames: 61, at });
      for (const faces of frames) {
        const { index } = faces[0]!;
        for (const { trackId, box } of faces) {
          const centre = box.x + box.w / 2;
          const own = 200 + (trackId === 0 ? 1 : -1) * speed * (index - 30);
          expect(Math.abs(centre - own)).toBeLessThan(15);
        }
      }
      // While it is hidden in the other's place it is not shown; its place beside is known.
      frames.forEach((faces, index) => {
        if (Math.abs(2 * speed * (index - 30)) >= 50) expect(faces.length).toBe(2);
        else expect(faces.length).toBeGreaterThanOrEqual(1);
      });
    }
  });

  it('bridges a gap of a second, marks it, and puts the face on the way', async () => {
    const at = (i: number): Actor[] => [walk(1, 100 + 2 * i, { isHidden: i >= 10 && i < 39 })];
    const frames = await trackScript({ frames: 50, at });
    // Found again on the next detector frame, or where it was expected.
    const bridged = frames.flatMap((faces) => faces.filter(({ isBridged }) => isBridged));
    expect(bridged.map(({ index }) => index)).toEqual(
      Array.from({ length: bridged.length }, (_, i) => 10 + i),
    );
    expect(bridged.length).toBeGreaterThanOrEqual(29);
    for (const { index, box } of bridged) expect(box.x + box.w / 2).toBeCloseTo(100 + 2 * index, 3);
    expect(new Set(frames.flat().map(({ trackId }) => trackId))).toEqual(new Set([0]));
  });

  it('does not bridge more than a second, and knows the person again', async () => {
    const at = (i: number): Actor[] => [walk(1, 100, { isHidden: i >= 10 && i < 60 })];
    const list = await ids({ frames: 80, at });
    expect(list.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => '0'));
    expect(list.slice(10, 60)).toEqual(Array.from({ length: 50 }, () => ''));
    expect(list.slice(60)).toEqual(Array.from({ length: 20 }, () => '0'));
  });

  it('never bridges over a cut, and knows persons again behind it, wherever they stand', async () => {
    const at = (i: number): Actor[] =>
      i < 20
        ? [walk(1, 100, { isHidden: i >= 15 }), walk(2, 300)]
        : [walk(2, 100), walk(1, 300, { isHidden: i < 25 }), walk(3, 500)];
    const list = await ids({ frames: 40, cuts: [20], at });
    expect(list[14]).toBe('0 1');
    expect(list.slice(15, 20)).toEqual(Array.from({ length: 5 }, () => '1'));
    expect(list.slice(20, 25)).toEqual(Array.from({ length: 5 }, () => '1 2'));
    expect(list[39]).toBe('1 0 2');
  });

  it('shows faces of shots of one frame', async () => {
    const cuts = [10, 11, 12];
    const at = (i: number): Actor[] => [
      walk(Math.min(Math.max(i, 9), 12), 100 + 40 * Math.max(0, (i % 12) - 9)),
    ];
    const list = await ids({ frames: 20, cuts, at });
    expect(list).toEqual([
      ...Array.from({ length: 10 }, () => '0'),
      '1',
      '2',
      ...Array.from({ length: 8 }, () => '3'),
    ]);
  });

  it('holds thirty faces apart', async () => {
    const at = (i: number): Actor[] =>
      Array.from({ length: 30 }, (_, k) => ({
        who: k,
        x: 60 + 100 * (k % 6) + 5 * Math.sin(i / 5 + k),
        y: 60 + 100 * Math.floor(k / 6),
        side: 50,
      }));
    const frames = await trackScript({ frames: 20, at });
    const places = new Map<number, Set<string>>();
    for (const { trackId, box } of frames.flat()) {
      const place = `${Math.floor(box.x / 100)} ${Math.floor(box.y / 100)}`;
      places.set(trackId, (places.get(trackId) ?? new Set()).add(place));
    }
    expect(frames.every((faces) => faces.length === 30)).toBe(true);
    expect(places.size).toBe(30);
    expect([...places.values()].every((one) => one.size === 1)).toBe(true);
  });

  it('gives the ids and places of the whole file in a range, wherever it begins', async () => {
    const at = (i: number): Actor[] => [
      ...(i < 60 ? [walk(1, 100 + i, { isHidden: i >= 20 && i < 33 })] : []),
      ...(i >= 12 ? [walk(2, 400 - i)] : []),
      ...(i >= 71 ? [walk(1, 300)] : []),
    ];
    const script: Script = { frames: 110, cuts: [55], at };
    const whole = await trackScript(script);
    expect(new Set(whole.flat().map(({ trackId }) => trackId))).toEqual(new Set([0, 1]));
    for (const first of [1, 10, 13, 16, 25, 32, 54, 55, 56, 62, 72, 74, 90]) {
      let state: TrackerState | undefined;
      await trackScript(script, { onEnd: (ended) => (state = ended) }, 0, first - 1);
      const part = await trackScript(script, { history: () => Promise.resolve(state) }, first);
      expect(part).toEqual(whole.slice(first));
    }
  });

  it('says the same promptly as when it waits for everything', async () => {
    const at = (i: number): Actor[] => [
      ...(i < 60 ? [walk(1, 100 + i, { isHidden: (i >= 20 && i < 33) || i === 41 })] : []),
      ...(i >= 12 ? [walk(2, 400 - i)] : []),
      ...(i >= 30 && i < 32 ? [walk(3, 600)] : []),
      ...(i >= 71 ? [walk(1, 300)] : []),
    ];
    const script: Script = { frames: 110, cuts: [55], at };
    expect(await trackScript(script, { isPrompt: true })).toEqual(await trackScript(script));
  });
});
