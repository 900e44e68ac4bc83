import { describe, expect, it } from 'vitest';
import type { Appearance } from '../../../src/core/faces.ts';
import type { LightFacts } from '../../../src/ops/light/light-facts.ts';
import { usualLight } from '../../../src/ops/light/usual-light.ts';

/** Someone at an angle (degrees) from the first person; the border between two persons is at 60 degrees. */
const looks = (degrees: number): Appearance => ({
  kind: 'embedding',
  vector: Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)),
  border: 0.5,
});
const light = (skin: number): LightFacts => ({
  skin: [skin, skin, skin],
  eyes: [skin, skin, skin],
  skinPixels: 1000,
  eyePixels: 50,
});
const seen = [
  { appearance: looks(0), light: light(0.2) },
  { appearance: looks(10), light: light(0.4) },
  { appearance: looks(90), light: light(0.9) },
];
const skinOf = (degrees: number, own: number): number =>
  usualLight(seen, { appearance: looks(degrees), nearLight: light(own) }).skin[0];

describe('usualLight', () => {
  it('is the mean light of the frames that show the same person', () => {
    expect(skinOf(5, 0.3)).toBeCloseTo(0.3, 2);
    expect(skinOf(90, 0.9)).toBeCloseTo(0.9, 1);
  });
  it('hardly depends on the light of the frame itself', () => {
    expect(skinOf(5, 0.9) - skinOf(5, 0.1)).toBeLessThan(0.03);
  });
  it('goes from one person to the other without a jump', () => {
    let before = skinOf(0, 0.5);
    for (let degrees = 1; degrees <= 90; degrees++) {
      const now = skinOf(degrees, 0.5);
      expect(Math.abs(now - before)).toBeLessThan(0.05);
      before = now;
    }
  });
  it("is the face's own light where nobody like it was seen, or looks are not known", () => {
    expect(skinOf(-120, 0.6)).toBeCloseTo(0.6, 2);
    expect(usualLight(seen, { nearLight: light(0.6) }).skin[0]).toBeCloseTo(0.6, 6);
    expect(usualLight([], { appearance: looks(0), nearLight: light(0.6) }).skin[0]).toBeCloseTo(0.6, 6);
  });
});
