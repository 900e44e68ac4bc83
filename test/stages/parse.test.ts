import { from, lastValueFrom, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlignedFace, ParsedFace } from '../../src/core/faces.ts';
import { Frame, FramePool } from '../../src/core/frame.ts';
import { Item } from '../../src/core/item.ts';
import type { NetworkEntry } from '../../src/core/profile.ts';
import { label, regionCount } from '../../src/core/regions.ts';
import { Scope } from '../../src/core/scope.ts';
import { openNet } from '../../src/nets/net.ts';
import { parserOf, rowsBelow } from '../../src/nets/parser.ts';
import { openPixelPool, type PixelPool } from '../../src/nets/pixels.ts';
import { cropSpace } from '../../src/ops/geometry/quad.ts';
import { parse } from '../../src/stages/parse.ts';
import { smallVideo, stageContext, stageContract } from '../contract/stage.ts';
import { paint, writeColourParser } from '../helpers/colour-parser.ts';
import { placedLandmarks, trackedFace } from '../helpers/landmarks.ts';
import { temporaryFolder } from '../helpers/media.ts';

const size = 64;
const area = size * size;
const folder = await temporaryFolder();
let entry: NetworkEntry;
let coarse: NetworkEntry;
let halving: NetworkEntry;
let reaching: NetworkEntry;
beforeAll(async () => {
  entry = await writeColourParser(folder.path, size);
  coarse = await writeColourParser(folder.path, size / 2);
  halving = await writeColourParser(folder.path, size, 2);
  reaching = await writeColourParser(folder.path, size, 1, 0.25);
});
afterAll(() => folder.remove());

function stage(keep = 0.7, network = () => entry) {
  let pixels: PixelPool | undefined;
  const openPixels = (scope: Scope): PixelPool => (pixels ??= openPixelPool(1, scope));
  return parse({
    keep,
    openPixels,
    openParser: async (scope) => {
      const spec = { file: network().file, provider: 'cpu', threads: 1 };
      return parserOf({ net: await openNet('parser', spec, scope), entry: network() }, openPixels(scope));
    },
  });
}

/** A crop painted with the colours that the stand-in parser knows, dimmed by `light`. */
function crop(rule: (x: number, y: number) => keyof typeof paint, light = 1): Float32Array {
  const out = new Float32Array(new SharedArrayBuffer(3 * area * 4));
  for (let i = 0; i < area; i++) {
    const colour = paint[rule((i % size) + 0.5, Math.floor(i / size) + 0.5)];
    for (let c = 0; c < 3; c++) out[c * area + i] = light * colour[c]!;
  }
  return out;
}

const inDisc = (x: number, y: number, cx: number, cy: number, r: number): boolean =>
  Math.hypot(x - cx, y - cy) < r;
const face = (x: number, y: number) => (inDisc(x, y, 32, 36, 18) ? 'skin' : 'background');

function aligned(pixels: Float32Array, facts: Partial<AlignedFace> = {}): AlignedFace {
  const quad = Float64Array.of(0, 0, 0, 16, 16, 16, 16, 0);
  return {
    ...trackedFace(placedLandmarks(8, 8, 0.06)),
    ...cropSpace(quad, size),
    ...{ quad, cropSize: size, crop: pixels, ...facts },
  };
}

async function run(
  given: readonly { readonly faces: readonly AlignedFace[]; readonly isSceneStart?: boolean }[],
  made = stage(),
): Promise<readonly (readonly ParsedFace[])[]> {
  const pool = new FramePool(given.length, smallVideo.layout.bytes);
  const items: Item<AlignedFace>[] = [];
  for (const [index, { faces, isSceneStart = false }] of given.entries()) {
    const data = await pool.acquire();
    items.push(
      new Item(new Frame({ index, pts: index, isSceneStart, format: smallVideo, data, pool }), faces),
    );
  }
  const scope = new Scope();
  const out = await lastValueFrom(from(items).pipe(made.in(stageContext(scope)), toArray()));
  for (const item of out) item.release();
  await scope.close();
  expect(pool.free).toBe(pool.size);
  return out.map((item) => item.faces);
}

stageContract('parse', {
  make: () => stage(),
  item: (frame) => new Item<AlignedFace>(frame, [aligned(crop(face))]),
  itemWithoutFace: (frame) => new Item<AlignedFace>(frame, []),
  indexOf: (item) => item.frame.index,
});

describe('parse', () => {
  it('adds the label map and probabilities that sum to 1', async () => {
    const [[one]] = (await run([{ faces: [aligned(crop(face))] }])) as [[ParsedFace]];
    for (let i = 0; i < area; i += 37) {
      const expected = label[face((i % size) + 0.5, Math.floor(i / size) + 0.5)];
      expect(one.labels[i]).toBe(expected);
      let sum = 0;
      for (let r = 0; r < regionCount; r++) sum += one.probabilities[r * area + i]!;
      expect(sum).toBeCloseTo(1, 4);
    }
    expect(one.labels.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(one.crop[3]).toBe(paint.background[0]);
  });

  it('tells the neck below the crop, by a parser that reads so far', async () => {
    const rows = size / 4;
    const below = new Float32Array(3 * rows * size);
    for (let i = 0; i < rows * size; i++) {
      const colour = paint[i % size < 40 ? 'belowface' : 'background'];
      for (let c = 0; c < 3; c++) below[c * rows * size + i] = colour[c]!;
    }
    const given = [{ faces: [aligned(crop(face), { below: { rows, crop: below } })] }];
    const [[one]] = (await run(
      given,
      stage(0.7, () => reaching),
    )) as [[ParsedFace]];
    expect(one.labels[36 * size + 32]).toBe(label.skin);
    expect(one.probabilities).toHaveLength(regionCount * area);
    expect(one.neckBelow).toHaveLength(rows * size);
    one.neckBelow!.forEach((p, i) => expect(p).toBeCloseTo(i % size < 40 ? 1 : 0, 3));
    expect(one.neckBelow!.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(rowsBelow(reaching, size)).toBe(rows);
    expect(rowsBelow(entry, size)).toBe(0);
    const [[plain]] = (await run([{ faces: [aligned(crop(face))] }])) as [[ParsedFace]];
    expect(plain.neckBelow).toBeUndefined();
  });

  it('removes specks, and lets an occluder win', async () => {
    const picture = crop((x, y) =>
      inDisc(x, y, 26.5, 34.5, 0.4) ? 'hair' : inDisc(x, y, 40, 40, 6) ? 'background' : face(x, y),
    );
    const [[one]] = (await run([{ faces: [aligned(picture)] }])) as [[ParsedFace]];
    expect(one.labels[34 * size + 26]).toBe(label.skin);
    expect(one.labels[40 * size + 40]).toBe(label.background);
  });

  it('steadies what flickers without the picture changing, and only within a scene, a track and a kind of sight', async () => {
    // Dim light makes this parser take skin for hair: a change of luma of 0.005.
    const bright = crop(face, 0.51);
    const dim = crop(face, 0.49);
    const hairy = (faces: readonly (readonly ParsedFace[])[], t: number): boolean =>
      faces[t]![0]!.labels[36 * size + 32] === label.hair;
    const alone = await run([{ faces: [aligned(dim)] }]);
    expect(hairy(alone, 0)).toBe(true);
    const steadied = await run([{ faces: [aligned(bright)] }, { faces: [aligned(dim)] }]);
    expect(hairy(steadied, 0)).toBe(false);
    expect(hairy(steadied, 1)).toBe(false);
    const cut = await run([{ faces: [aligned(bright)] }, { faces: [aligned(dim)], isSceneStart: true }]);
    expect(hairy(cut, 1)).toBe(true);
    const bridged = await run([{ faces: [aligned(bright)] }, { faces: [aligned(dim, { isBridged: true })] }]);
    expect(hairy(bridged, 1)).toBe(true);
    const lost = await run([{ faces: [aligned(bright)] }, { faces: [] }, { faces: [aligned(dim)] }]);
    expect(hairy(lost, 2)).toBe(true);
    const other = await run([{ faces: [aligned(bright)] }, { faces: [aligned(dim, { trackId: 5 })] }]);
    expect(hairy(other, 1)).toBe(true);
    const off = await run([{ faces: [aligned(bright)] }, { faces: [aligned(dim)] }], stage(0));
    expect(hairy(off, 1)).toBe(true);
  });

  it.each([
    ['of another size', () => coarse],
    ['whose probabilities are smaller than its input', () => halving],
  ])('takes a parser %s', async (_name, network) => {
    const made = stage(0.7, network);
    const [[one]] = (await run([{ faces: [aligned(crop(face))] }], made)) as [[ParsedFace]];
    expect(one.labels).toHaveLength(area);
    expect(one.labels[36 * size + 32]).toBe(label.skin);
    expect(one.labels[0]).toBe(label.background);
  });

  it('parses several faces a frame, each on its own', async () => {
    const empty = aligned(
      crop(() => 'background'),
      { trackId: 1 },
    );
    const given = Array.from({ length: 4 }, () => ({ faces: [aligned(crop(face)), empty] }));
    for (const [one, two] of await run(given)) {
      expect(one!.labels[36 * size + 32]).toBe(label.skin);
      expect(two!.labels.every((l) => l === 0)).toBe(true);
    }
  });

  it('says which adapters there are when the profile names another', async () => {
    const scope = new Scope();
    const pixels = openPixelPool(1, scope);
    const net = await openNet('parser', { file: entry.file, provider: 'cpu', threads: 1 }, scope);
    expect(() => parserOf({ net, entry: { ...entry, adapter: 'segnext' } }, pixels)).toThrow('"segnext"');
    await scope.close();
  });
});
