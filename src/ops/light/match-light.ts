import { boxBlur } from '../blend/blur.ts';

/**
 * Gives a picture's shading: its luma's low frequencies over the skin, relative to their mean there, carried on
 * over what is not skin (eyes, lips, brows) from around it. Low frequencies need no more than half the pixels per axis.
 *
 * Shapes: image [3,S,S] RGB, skin [S,S] 0…1 weights -> [S/2,S/2], mean 1 over the skin; undefined with hardly any skin.
 *
 * @param radius of the blur in pixels: three box passes, sigma about the radius
 */
export function shading(
  image: Float32Array,
  skin: Float32Array,
  size: number,
  radius: number,
): Float32Array | undefined {
  const area = size * size;
  const half = size >> 1;
  const field = new Float32Array(half * half);
  const weight = new Float32Array(half * half);
  let sum = 0;
  let total = 0;
  for (let y = 0; y < half * 2; y++) {
    for (let x = 0; x < half * 2; x++) {
      const i = y * size + x;
      const w = skin[i]!;
      if (w === 0) continue;
      const l = w * (0.2126 * image[i]! + 0.7152 * image[area + i]! + 0.0722 * image[2 * area + i]!);
      const j = (y >> 1) * half + (x >> 1);
      field[j]! += l;
      weight[j]! += w;
      sum += l;
      total += w;
    }
  }
  if (total < 64 || sum <= 0) return undefined;
  const mean = sum / total;
  const reach = Math.max(1, Math.round(radius / 2));
  for (let pass = 0; pass < 3; pass++) {
    boxBlur(field, half, half, reach);
    boxBlur(weight, half, half, reach);
  }
  // Far from any skin the field fades to 1.
  const trust = 0.04;
  for (let j = 0; j < field.length; j++)
    field[j] = (field[j]! + trust * mean) / ((weight[j]! + trust) * mean);
  return field;
}

/**
 * How much of a difference between two faces is exchanged that is the same on both sides. A beard, a shaved chin or
 * make-up darken a face as light from above does, and the same on both sides; nothing in one picture tells them apart.
 * Tried on 25 frames of four sample triples for what differs from row to row: 0, 0.2, 0.4 and 1 give 17.1, 16.9, 16.6 and
 * 15.5 dB with a dark beard on a shaved face; the others differ by up to 0.25 dB, talk best at 0.4, so it lies between.
 * For what differs within the rows: 0, 0.5 and 1 give 21.2, 20.8 and 20.3 dB with the beard, 0.1 dB to and fro for the others.
 */
const ofBoth = 0.2;
/** Half the height of the window that rows are averaged over, as a share of the crop. */
const rowReach = 0.04;

/** What of wanted over given ([S/2,S/2] each) is each row's own, as far as it is not to be exchanged: [S/2], mean 1. */
function rowRatios(match: LightMatch, wanted: Float32Array, given: Float32Array): Float32Array {
  const { size, generatedSkin, targetSkin } = match;
  const half = size >> 1;
  const above = new Float64Array(half);
  const below = new Float64Array(half);
  let [allAbove, allBelow] = [0, 0];
  sumRows(above, below, generatedSkin, targetSkin, wanted, given, size);
  for (let y = 0; y < half; y++) {
    allAbove += above[y]!;
    allBelow += below[y]!;
  }
  const rows = new Float32Array(half).fill(1);
  if (allBelow < 64) return rows;
  const all = allAbove / allBelow;
  const reach = Math.round(rowReach * half);
  const ratioAt = (y: number, beside: number): number => {
    let [a, b] = [trust * beside, trust];
    for (let k = Math.max(0, y - reach); k <= Math.min(half - 1, y + reach); k++) {
      a += above[k]!;
      b += below[k]!;
    }
    return a / b;
  };
  // From the row with most skin outwards: rows with hardly any go on as the last one that has some. A chin that is
  // longer than the target's must not change its light where the target's ends.
  const widest = below.indexOf(Math.max(...below));
  let ratio = all;
  for (let y = widest; y < half; y++) rows[y] = ratio = ratioAt(y, ratio);
  ratio = rows[widest]!;
  for (let y = widest - 1; y >= 0; y--) rows[y] = ratio = ratioAt(y, ratio);
  for (let y = 0; y < half; y++) rows[y] = Math.pow(rows[y]! / all, 1 - ofBoth);
  return rows;
}

// Loops in functions of their own, with arrays and numbers only: V8 compiles each once.

/** Sums of two fields of half the size over each row's skin. */
function sumRows(
  above: Float64Array,
  below: Float64Array,
  generatedSkin: Float32Array,
  targetSkin: Float32Array,
  wanted: Float32Array,
  given: Float32Array,
  size: number,
): void {
  const half = size >> 1;
  for (let y = 0; y < half * 2; y++) {
    const row = (y >> 1) * half;
    for (let x = 0; x < half * 2; x++) {
      const w = generatedSkin[y * size + x]! * targetSkin[y * size + x]!;
      if (w === 0) continue;
      const j = row + (x >> 1);
      above[y >> 1]! += w * wanted[j]!;
      below[y >> 1]! += w * given[j]!;
    }
  }
}

/** How much brighter each place gets, at half the size; undefined where either picture shows hardly any skin. [S/2,S/2] */
function shadingGain(match: LightMatch): Float32Array | undefined {
  const { size, strength, radius } = match;
  const wanted = shading(match.target, match.targetSkin, size, radius);
  const given = wanted && shading(match.generated, match.generatedSkin, size, radius);
  if (!wanted || !given) return undefined;
  exchange(wanted, given, rowRatios(match, wanted, given), strength);
  return wanted;
}

/** Writes into `wanted` how much brighter each place gets: what differs between left and right, and little of the rest. */
function exchange(wanted: Float32Array, given: Float32Array, rows: Float32Array, strength: number): void {
  const half = rows.length;
  for (let y = 0; y < half; y++) {
    const row = rows[y]!;
    for (let i = y * half, j = i + half - 1; i <= j; i++, j--) {
      const left = wanted[i]! / (given[i]! * row);
      const right = wanted[j]! / (given[j]! * row);
      const both = Math.pow(left * right, (1 - ofBoth) / 2);
      wanted[i] = bounded(left / both, strength);
      wanted[j] = bounded(right / both, strength);
    }
  }
}

function bounded(ratio: number, strength: number): number {
  return 1 + strength * (Math.min(2.5, Math.max(0.4, ratio)) - 1);
}

/** Pixels of skin that what is known of the next row counts for. */
const trust = 4;

export type LightMatch = {
  /** Side S of the crops. */
  readonly size: number;
  /** [3,S,S] RGB 0…1, changed in place. */
  readonly generated: Float32Array;
  /** [3,S,S] RGB 0…1: the target's crop, which shows the light. */
  readonly target: Float32Array;
  /** [S,S] 0…1: skin in the target, and in the generated picture. */
  readonly targetSkin: Float32Array;
  readonly generatedSkin: Float32Array;
  /** Mean colour that the generated skin shall have, 0…1; undefined leaves it. */
  readonly tone: readonly [number, number, number] | undefined;
  /** 0…1: how much of the target's shading replaces the generated one. */
  readonly strength: number;
  /** Blur radius of the shading in pixels. */
  readonly radius: number;
};

/**
 * Puts a generated face into the target's light: its shading (low frequencies of the skin's brightness) is
 * exchanged for the target's, and its mean skin colour set to `tone`. Light from the side is exchanged in full, what is
 * the same left and right of the crop's middle only a little, so that a beard stays as dark as it is. Colours are
 * scaled as they are coded (gamma), which changes brightness and leaves hue and saturation, as a change of exposure does.
 */
export function matchLight(match: LightMatch): void {
  const { size, generated, generatedSkin, targetSkin, tone } = match;
  const area = size * size;
  const field = shadingGain(match);
  if (field) shade(generated, field, size);
  // Only skin that the target shows too: elsewhere its light is not known.
  const [total, ...sums] = sumWithin(generated, generatedSkin, targetSkin);
  sums.forEach((sum, c) => {
    const gain =
      tone && total! > 64 ? Math.min(5, Math.max(0.1, tone[c]! / Math.max(0.01, sum / total!))) : 1;
    multiplyWithin(generated, c * area, (c + 1) * area, gain);
  });
}

/** Multiplies a picture by a field of half its size, in place. Shapes: [3,S,S], field [S/2,S/2]. */
function shade(picture: Float32Array, field: Float32Array, size: number): void {
  const area = size * size;
  const half = size >> 1;
  // Each pixel lies between two of the field's per axis.
  const near = Int32Array.from({ length: size }, (_, x) => Math.min(half - 2, Math.max(0, (x - 0.5) / 2)));
  const share = Float32Array.from(near, (x0, x) => Math.min(1, Math.max(0, (x - 0.5) / 2 - x0)));
  for (let y = 0, i = 0; y < size; y++) {
    const row = near[y]! * half;
    const fy = share[y]!;
    for (let x = 0; x < size; x++, i++) {
      const j = row + near[x]!;
      const fx = share[x]!;
      const top = field[j]! + fx * (field[j + 1]! - field[j]!);
      const bottom = field[j + half]! + fx * (field[j + half + 1]! - field[j + half]!);
      const gain = top + fy * (bottom - top);
      picture[i]! *= gain;
      picture[area + i]! *= gain;
      picture[2 * area + i]! *= gain;
    }
  }
}

/** Weight of what both masks hold, and the sums of the three channels there. */
function sumWithin(picture: Float32Array, a: Float32Array, b: Float32Array): readonly number[] {
  const area = a.length;
  let [total, red, green, blue] = [1e-6, 0, 0, 0];
  for (let i = 0; i < area; i++) {
    const w = a[i]! * b[i]!;
    if (w === 0) continue;
    total += w;
    red += w * picture[i]!;
    green += w * picture[area + i]!;
    blue += w * picture[2 * area + i]!;
  }
  return [total, red, green, blue];
}

/** Multiplies values and holds them within 0…1, in place. */
function multiplyWithin(values: Float32Array, from: number, end: number, gain: number): void {
  for (let i = from; i < end; i++) {
    const v = values[i]! * gain;
    values[i] = v < 0 ? 0 : v > 1 ? 1 : v;
  }
}
