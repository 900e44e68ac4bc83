import { describe, expect, it } from 'vitest';
import { label } from '../../../src/core/regions.ts';
import { averageLight, lightFacts, type LightFacts } from '../../../src/ops/light/light-facts.ts';
import { matchLight, shading } from '../../../src/ops/light/match-light.ts';
import { luma, skinTone } from '../../../src/ops/light/skin-tone.ts';

const size = 64;
const area = size * size;
const facts = (skin: number, eyes: number, eyePixels = 50): LightFacts => ({
  skin: [skin, skin * 0.8, skin * 0.7],
  eyes: [eyes, eyes, eyes],
  skinPixels: 1000,
  eyePixels,
});

/** A picture of one colour, shaded by a function of x. */
function picture(color: readonly [number, number, number], shade: (x: number) => number): Float32Array {
  return Float32Array.from(
    { length: 3 * area },
    (_, i) => color[Math.floor(i / area)]! * shade(((i % size) + 0.5) / size),
  );
}

/** Probabilities of a parser that is sure of every label. */
function certain(labels: Uint8Array): Float32Array {
  const out = new Float32Array(12 * area);
  labels.forEach((l, i) => (out[l * area + i] = 1));
  return out;
}

describe('lightFacts', () => {
  it('averages skin with nose, and the whites of the eyes, and counts them', () => {
    const labels = new Uint8Array(area).fill(label.hair);
    const crop = new Float32Array(3 * area);
    const patch = (x: number, width: number, height: number, what: number, value: number): void => {
      for (let k = 0; k < width * height; k++) {
        const i = (20 + Math.floor(k / width)) * size + x + (k % width);
        labels[i] = what;
        for (let c = 0; c < 3; c++) crop[c * area + i] = value;
      }
    };
    patch(5, 10, 10, label.skin, 0.4);
    patch(20, 10, 10, label.nose, 0.6);
    patch(40, 8, 1, label.eyes, 0.3);
    patch(48, 2, 1, label.eyes, 0.9);
    const read = lightFacts(crop, labels, certain(labels));
    expect(read.skin[0]).toBeCloseTo(0.5, 5);
    expect(read.eyes[0]).toBeCloseTo(0.9, 5);
    expect([read.skinPixels, read.eyePixels]).toEqual([200, 10]);
  });
  it('gives zeros for a picture without a face', () => {
    const labels = new Uint8Array(area);
    expect(lightFacts(new Float32Array(3 * area), labels, certain(labels)).skinPixels).toBe(0);
  });
  it('leaves out what may be hair as well, which would make dark-haired people darker', () => {
    const labels = new Uint8Array(area).fill(label.skin);
    const probabilities = certain(labels);
    const crop = new Float32Array(3 * area).fill(0.6);
    for (let i = 0; i < area / 2; i++) {
      probabilities[label.skin * area + i] = 0.6;
      probabilities[label.hair * area + i] = 0.4;
      for (let c = 0; c < 3; c++) crop[c * area + i] = 0.2;
    }
    expect(lightFacts(crop, labels, probabilities).skin[1]).toBeCloseTo(0.6, 5);
  });
  it('averages by pixels: closed eyes have no say', () => {
    const mean = averageLight([facts(0.5, 0.8), facts(0.7, 0, 0)]);
    expect(mean.eyes[0]).toBeCloseTo(0.8, 6);
    expect(mean.skin[0]).toBeCloseTo(0.6, 6);
  });
});

describe('skinTone', () => {
  it('keeps the source colour when both pictures are lit alike', () => {
    expect(skinTone(facts(0.5, 0.7), facts(0.5, 0.7))[0]).toBeCloseTo(0.5, 6);
  });
  it('never takes over the hue of the target', () => {
    const [r, g, b] = skinTone(facts(0.5, 0.7), { ...facts(0.3, 0.3), skin: [0.1, 0.3, 0.6] });
    expect(g / r).toBeCloseTo(0.8, 6);
    expect(b / r).toBeCloseTo(0.7, 6);
  });
  it('darkens where the target eyes are darker', () => {
    const source = facts(0.5, 0.7);
    expect(luma(skinTone(source, facts(0.5, 0.4)))).toBeLessThan(luma(source.skin));
  });
  it('tells a darker skin, which is redder, from a darker picture, which is not', () => {
    const source = facts(0.6, 0.7);
    const darker = luma(skinTone(source, facts(0.4, 0.7)));
    const redder = luma(skinTone(source, { ...facts(0.4, 0.7), skin: [0.4, 0.26, 0.22] }));
    expect(darker).toBeCloseTo(luma(source.skin), 2);
    expect(redder / darker).toBeGreaterThan(1.05);
    expect(redder / darker).toBeLessThan(1.12);
  });
  it('takes whites that lie in the skin’s own light for brighter than they look', () => {
    const source = facts(0.6, 0.7);
    const rosy: LightFacts = { ...facts(0.6, 0.7), eyes: [0.72, 0.7, 0.66] };
    expect(luma(skinTone(source, rosy))).toBeGreaterThan(luma(source.skin));
  });
  it('does not take a red lamp for red skin', () => {
    const lamp: LightFacts = { ...facts(0.6, 0.7), skin: [0.6, 0.1, 0.1], eyes: [0.9, 0.2, 0.2] };
    expect(luma(skinTone(facts(0.6, 0.7), lamp)) / luma(facts(0.6, 0.7).skin)).toBeLessThan(1.15);
  });
  it('takes a small difference of the eyes for one of the people, a large one for one of the light', () => {
    const shift = (eyes: number): number =>
      Math.log(skinTone(facts(0.5, 0.7), facts(0.5, eyes))[0] / 0.5) / Math.log((eyes + 0.02) / (0.7 + 0.02));
    expect(shift(0.65)).toBeLessThan(0.45);
    expect(shift(0.2)).toBeGreaterThan(0.85);
  });
  it('stays within bounds for absurd pictures', () => {
    const [r] = skinTone(facts(0.5, 1), facts(0.001, 0.001));
    expect(r).toBeGreaterThan(0.5 / 6.1);
    expect(r).toBeLessThan(0.5);
  });
  it('follows how a frame differs from the usual light in full, colour and all', () => {
    const [source, usual] = [facts(0.5, 0.7), facts(0.3, 0.6)];
    const lamp: LightFacts = { ...usual, skin: [0.3, 0.12, 0.05] };
    const [r, g, b] = skinTone(source, lamp, usual);
    const [usualR, usualG, usualB] = skinTone(source, usual, usual);
    expect(r).toBeCloseTo(usualR, 6);
    expect(g / usualG).toBeCloseTo((0.12 + 0.02) / (0.24 + 0.02), 6);
    expect(b / usualB).toBeCloseTo((0.05 + 0.02) / (0.21 + 0.02), 6);
  });
});

describe('shading', () => {
  it('is 1 for a flat picture', () => {
    const field = shading(
      picture([0.5, 0.4, 0.3], () => 1),
      new Float32Array(area).fill(1),
      size,
      5,
    );
    for (const value of field ?? [0]) expect(value).toBeCloseTo(1, 4);
  });
  it('follows a gradient and does not see what is not skin', () => {
    const skin = new Float32Array(area).fill(1);
    const image = picture([0.5, 0.5, 0.5], (x) => 0.5 + x);
    for (let y = 28; y < 36; y++) {
      for (let x = 28; x < 36; x++) {
        skin[y * size + x] = 0;
        for (let c = 0; c < 3; c++) image[c * area + y * size + x] = 0;
      }
    }
    const field = shading(image, skin, size, 3)!;
    const ratio = field[(10 * size) / 2 + 8]! / field[(10 * size) / 2 + 24]!;
    expect(ratio).toBeCloseTo((0.5 + 17 / 64) / (0.5 + 49 / 64), 2);
    expect(field[(16 * size) / 2 + 16]).toBeCloseTo(1, 1);
  });
  it('is undefined without skin', () => {
    expect(
      shading(
        picture([1, 1, 1], () => 1),
        new Float32Array(area),
        size,
        3,
      ),
    ).toBeUndefined();
  });
});

describe('matchLight', () => {
  const skin = new Float32Array(area).fill(1);

  it('gives a flat face the shading of the target and the wanted tone', () => {
    const generated = picture([0.6, 0.5, 0.4], () => 1);
    const target = picture([0.3, 0.2, 0.1], (x) => 0.6 + 0.8 * x);
    matchLight({
      size,
      generated,
      target,
      targetSkin: skin,
      generatedSkin: skin,
      tone: [0.5, 0.4, 0.35],
      strength: 1,
      radius: 4,
    });
    let mean = 0;
    for (let i = 0; i < area; i++) mean += generated[i]! / area;
    expect(mean).toBeCloseTo(0.5, 2);
    // Away from the border the low frequencies are the gradient itself.
    const dark = generated[32 * size + 16]!;
    const bright = generated[32 * size + 48]!;
    expect(dark / bright).toBeCloseTo((0.6 + 0.8 * (16.5 / 64)) / (0.6 + 0.8 * (48.5 / 64)), 1);
  });
  it('leaves a beard dark under a shaved face that is lit from the side', () => {
    const beard = (y: number): number => (y > 0.6 ? 0.35 : 1);
    const light = (x: number): number => 0.6 + 0.8 * x;
    const generated = Float32Array.from(
      { length: 3 * area },
      (_, i) => 0.6 * beard((Math.floor((i % area) / size) + 0.5) / size),
    );
    const target = picture([0.6, 0.6, 0.6], light);
    const all = { size, generated, target, targetSkin: skin, generatedSkin: skin, strength: 1, radius: 4 };
    matchLight({ ...all, tone: undefined });
    const at = (x: number, y: number): number => generated[y * size + x]!;
    // In full the exchange would leave beard and cheek alike; a fifth of it leaves 0.35^0.8 = 0.43.
    expect(at(32, 52) / at(32, 16)).toBeGreaterThan(0.35);
    expect(at(32, 52) / at(32, 16)).toBeLessThan(0.5);
    expect(at(16, 52) / at(48, 52)).toBeCloseTo(light(16.5 / 64) / light(48.5 / 64), 1);
  });
  it('leaves sideburns dark: what is the same on both sides is no light from the side', () => {
    const sideburns = (x: number): number => (Math.abs(x - 0.5) > 0.3 ? 0.4 : 1);
    const generated = picture([0.6, 0.5, 0.4], sideburns);
    const target = picture([0.6, 0.6, 0.6], (x) => 0.8 + 0.4 * x);
    const all = { size, generated, target, targetSkin: skin, generatedSkin: skin, strength: 1, radius: 3 };
    matchLight({ ...all, tone: undefined });
    const at = (x: number): number => generated[32 * size + x]!;
    // In full the exchange would leave them as bright as the cheeks; a fifth of it leaves 0.4^0.8 = 0.48.
    expect((at(5) + at(58)) / (at(30) + at(33))).toBeGreaterThan(0.4);
    expect((at(5) + at(58)) / (at(30) + at(33))).toBeLessThan(0.55);
    expect(at(58) / at(5)).toBeCloseTo((0.8 + 0.4 * (58.5 / 64)) / (0.8 + 0.4 * (5.5 / 64)), 1);
  });
  it('does not change the light of a chin where the target has no chin any more', () => {
    // A beard from row 40 on; the target's face ends at row 48, the new one at row 60.
    const generated = Float32Array.from({ length: 3 * area }, (_, i) => (i % area < 40 * size ? 0.6 : 0.24));
    const until = (row: number): Float32Array =>
      Float32Array.from({ length: area }, (_, i) => (i < row * size ? 1 : 0));
    const target = picture([0.6, 0.6, 0.6], () => 1);
    const [targetSkin, generatedSkin] = [until(48), until(60)];
    matchLight({
      size,
      generated,
      target,
      targetSkin,
      generatedSkin,
      strength: 1,
      radius: 2,
      tone: undefined,
    });
    const at = (y: number): number => generated[y * size + 32]!;
    expect(at(56) / at(46)).toBeGreaterThan(0.9);
    expect(at(56) / at(46)).toBeLessThan(1.1);
  });
  it('changes nothing at strength 0 without a tone', () => {
    const generated = picture([0.6, 0.5, 0.4], (x) => 0.5 + 0.5 * x);
    const before = Float32Array.from(generated);
    const target = picture([0.9, 0.9, 0.9], (x) => 1 - x);
    matchLight({
      size,
      generated,
      target,
      targetSkin: skin,
      generatedSkin: skin,
      tone: undefined,
      strength: 0,
      radius: 4,
    });
    expect(generated).toEqual(before);
  });
  it('stays within 0…1', () => {
    const generated = picture([0.9, 0.9, 0.9], () => 1);
    const target = picture([0.5, 0.5, 0.5], (x) => (x > 0.5 ? 1 : 0.1));
    matchLight({
      size,
      generated,
      target,
      targetSkin: skin,
      generatedSkin: skin,
      tone: [1, 1, 1],
      strength: 1,
      radius: 3,
    });
    expect(Math.max(...generated)).toBeLessThanOrEqual(1);
    expect(Math.min(...generated)).toBeGreaterThanOrEqual(0);
  });
});
