import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anchorsFromFive, anchorsFromPoints, ffhqQuad } from '../../../src/ops/geometry/ffhq-quad.ts';
import { cropSpace, scaleQuad } from '../../../src/ops/geometry/quad.ts';
import { similarityFromPoints } from '../../../src/ops/geometry/similarity.ts';
import { compose, identityTransform, invert } from '../../../src/ops/geometry/transform.ts';
import { transformPoints } from '../../../src/ops/drive/transform-points.ts';

const coordinate = fc.double({ min: -500, max: 500, noNaN: true });

describe('compose and invert', () => {
  it('undo each other', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 8, maxLength: 8 }),
        (v) => {
          const m = Float64Array.of(
            v[0]! + 5,
            v[1]!,
            40 * v[2]!,
            v[3]!,
            v[4]! - 5,
            40 * v[5]!,
            v[6]! / 1e4,
            v[7]! / 1e4,
            1,
          );
          const back = compose(m, invert(m));
          back.forEach((value, i) => expect(value / back[8]!).toBeCloseTo(identityTransform()[i]!, 8));
        },
      ),
    );
  });
  it('refuse what has no inverse', () => {
    expect(() => invert(Float64Array.of(1, 2, 0, 2, 4, 0, 0, 0, 1))).toThrow('no inverse');
  });
  it('read right to left', () => {
    const shift = Float64Array.of(1, 0, 3, 0, 1, 0, 0, 0, 1);
    const double = Float64Array.of(2, 0, 0, 0, 2, 0, 0, 0, 1);
    expect([...transformPoints(compose(double, shift), Float32Array.of(1, 1))]).toEqual([8, 2]);
  });
});

describe('similarityFromPoints', () => {
  it('finds a turn, scale and shift again', () => {
    fc.assert(
      fc.property(
        coordinate,
        coordinate,
        fc.double({ min: 0.2, max: 9, noNaN: true }),
        coordinate,
        (x, y, s, a) => {
          const m = Float64Array.of(
            s * Math.cos(a),
            -s * Math.sin(a),
            x,
            s * Math.sin(a),
            s * Math.cos(a),
            y,
            0,
            0,
            1,
          );
          const from = Float32Array.of(1, 2, -5, 3, 8, 0, 4, -4);
          const found = similarityFromPoints(from, transformPoints(m, from));
          found.forEach((value, i) => expect(value).toBeCloseTo(m[i]!, 3));
        },
      ),
    );
  });
  it('has the least squared error', () => {
    const from = Float32Array.of(0, 0, 10, 0, 0, 10, 10, 10);
    const to = Float32Array.of(1, 0, 12, 1, 0, 11, 11, 12);
    const error = (m: Float64Array): number =>
      transformPoints(m, from).reduce((sum, value, i) => sum + (value - to[i]!) ** 2, 0);
    const best = similarityFromPoints(from, to);
    for (let k = 0; k < 4; k++) {
      for (const d of [-0.01, 0.01]) {
        const m = Float64Array.from(best);
        for (const place of [[0, 4], [1, 3], [2], [5]][k]!) m[place]! += place === 1 ? -d : d;
        expect(error(m)).toBeGreaterThan(error(best));
      }
    }
  });
  it('refuses points that are all one', () => {
    expect(() => similarityFromPoints([1, 1, 1, 1], [0, 0, 1, 1])).toThrow('all one');
  });
});

describe('cropSpace', () => {
  it('maps the corners of the square onto the quad, and back', () => {
    const quad = Float64Array.of(10, 12, 4, 60, 71, 80, 55, 3);
    const { frameFromCrop, cropFromFrame } = cropSpace(quad, 256);
    const corners = Float32Array.of(0, 0, 0, 256, 256, 256, 256, 0);
    transformPoints(frameFromCrop, corners).forEach((value, i) => expect(value).toBeCloseTo(quad[i]!, 4));
    transformPoints(cropFromFrame, Float32Array.from(quad)).forEach((value, i) => {
      expect(Math.abs(value - corners[i]!)).toBeLessThan(1e-3);
    });
  });
  it('gives a turned square a similarity without a trace of perspective', () => {
    const quad = ffhqQuad(anchorsFromFive([301.3, 207.9, 361.1, 214.2, 0, 0, 303.7, 270.1, 352.2, 277.7]));
    const { frameFromCrop: m } = cropSpace(quad, 256);
    expect([m[6], m[7], m[8]]).toEqual([0, 0, 1]);
    expect(m[0]).toBeCloseTo(m[4]!, 12);
    expect(m[1]).toBeCloseTo(-m[3]!, 12);
  });
  it('refuses a quad without area', () => {
    expect(() => cropSpace(Float64Array.of(0, 0, 0, 5, 0, 9, 0, 2), 256)).toThrow('degenerate');
    expect(() => cropSpace(new Float64Array(8).fill(NaN), 256)).toThrow('degenerate');
  });
});

describe('ffhqQuad', () => {
  it('is a square that turns and grows with the face', () => {
    const anchors = anchorsFromFive([40, 50, 60, 50, 50, 60, 42, 72, 58, 72]);
    const quad = ffhqQuad(anchors);
    // 1.8 · |m| = 39.6 < 2 · |e| = 40: half side 40, centre 2.2 below the eyes.
    expect([...quad]).toEqual(
      [10, 12.2, 10, 92.2, 90, 92.2, 90, 12.2].map((v) => expect.closeTo(v, 9) as number),
    );
    const m = Float64Array.of(0, -2, 30, 2, 0, 7, 0, 0, 1);
    const turned = ffhqQuad(Float64Array.from(transformPoints(m, Float32Array.from(anchors))));
    transformPoints(m, Float32Array.from(quad)).forEach((value, i) =>
      expect(turned[i]).toBeCloseTo(value, 4),
    );
  });
  it('reads the anchors off 68 landmarks and off five points alike', () => {
    const points = new Float32Array(136);
    for (let p = 36; p < 42; p++) points.set([40 + Math.cos(p), 50 + Math.sin(p)], p * 2);
    const anchors = anchorsFromPoints(points);
    expect(anchors[0]).toBeCloseTo(40 + [36, 37, 38, 39, 40, 41].reduce((s, p) => s + Math.cos(p) / 6, 0), 5);
    points.set([1, 2], 96);
    points.set([3, 4], 108);
    expect([...anchorsFromPoints(points).subarray(4)]).toEqual([1, 2, 3, 4]);
    expect([...anchorsFromFive([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])]).toEqual([1, 2, 3, 4, 7, 8, 9, 10]);
  });
  it('gives something for a face whose points are all one', () => {
    expect([...ffhqQuad(new Float64Array(8).fill(5))]).toEqual(new Array(8).fill(5));
  });
  it('is scaled about its centre', () => {
    const quad = Float64Array.of(0, 0, 0, 10, 10, 10, 10, 0);
    expect([...scaleQuad(quad, 1.5)]).toEqual([-2.5, -2.5, -2.5, 12.5, 12.5, 12.5, 12.5, -2.5]);
  });
});
