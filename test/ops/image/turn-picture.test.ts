import { describe, expect, it } from 'vitest';
import { cutPicture, faceWindow, turnBox } from '../../../src/ops/image/cut-picture.ts';
import { turnPicture, type Picture } from '../../../src/ops/image/turn-picture.ts';

/** Two rows of three pixels: a b c / d e f. */
const letters = 'abcdef';
const picture: Picture = {
  width: 3,
  height: 2,
  rgb: Uint8Array.from([...letters].flatMap((letter) => [letter.charCodeAt(0), 0, 0])),
};
const rows = ({ width, height, rgb }: Picture): string[] =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => String.fromCharCode(rgb[(y * width + x) * 3]!)).join(''),
  );
const matrix = (a: number, b: number, c: number, d: number): readonly number[] =>
  [a, b, 0, c, d, 0, 0, 0, 1].map((value) => value * 65536);

describe('turnPicture', () => {
  it.each([
    ['not at all', matrix(1, 0, 0, 1), ['abc', 'def']],
    ['a quarter clockwise', matrix(0, 1, -1, 0), ['da', 'eb', 'fc']],
    ['half a turn', matrix(-1, 0, 0, -1), ['fed', 'cba']],
    ['a quarter back', matrix(0, -1, 1, 0), ['cf', 'be', 'ad']],
    ['mirrored', matrix(-1, 0, 0, 1), ['cba', 'fed']],
    ['upside down', matrix(1, 0, 0, -1), ['def', 'abc']],
    ['about the diagonal', matrix(0, 1, 1, 0), ['ad', 'be', 'cf']],
  ] as const)('turns %s', (_, display, expected) => {
    const turned = turnPicture(picture, display);
    expect(rows(turned)).toEqual(expected);
    // A box of one pixel goes where its letter goes.
    const at = rows(turned).flatMap((row, y) =>
      [...row].flatMap((l, x) => (l === 'f' ? [{ x, y }] : [])),
    )[0]!;
    expect(turnBox({ x: 2, y: 1, w: 1, h: 1 }, picture, display)).toEqual({ ...at, w: 1, h: 1 });
  });
});

describe('a window on faces', () => {
  const size = { width: 100, height: 50 };
  it('has room around them and stays within the picture', () => {
    expect(faceWindow([{ x: 40, y: 20, w: 10, h: 10 }], size)).toEqual({ x: 36, y: 16, w: 19, h: 19 });
    expect(faceWindow([{ x: -5, y: 45, w: 20, h: 20 }], size)).toEqual({ x: 0, y: 12, w: 38, h: 38 });
    const all = faceWindow(
      [
        { x: 0, y: 0, w: 20, h: 20 },
        { x: 80, y: 30, w: 20, h: 20 },
      ],
      size,
    );
    expect(all).toEqual({ x: 0, y: 0, w: 100, h: 50 });
    expect(faceWindow([], size)).toBeUndefined();
  });
  it('is cut out exactly', () => {
    expect(rows(cutPicture(picture, { x: 1, y: 0, w: 2, h: 2 }))).toEqual(['bc', 'ef']);
  });
});
