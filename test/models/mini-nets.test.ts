import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../src/core/profile.ts';
import { decodeDetections } from '../../src/ops/decode/yunet.ts';
import { suppressOverlaps } from '../../src/ops/geometry/boxes.ts';

const { roles } = JSON.parse(readFileSync('models/mini.json', 'utf8')) as Profile;
const photo = '../shared/media/astronaut.png';

async function open(role: 'detector' | 'landmarks' | 'parser'): Promise<InferenceSession> {
  return InferenceSession.create(`models/${roles[role]!.file}`, { intraOpNumThreads: 1 });
}

function picture(height: number, width: number, level = 0): Tensor {
  return new Tensor('float32', new Float32Array(3 * height * width).fill(level), [1, 3, height, width]);
}

describe('the detector of mini', () => {
  it.each([
    [192, 320],
    [64, 96],
  ])('takes %i x %i and has a cell for every stride', async (height, width) => {
    const out = await (await open('detector')).run({ image: picture(height, width) });
    for (const stride of [8, 16, 32]) {
      const cells = (height / stride) * (width / stride);
      expect(out[`score_${stride}`]?.dims).toEqual([1, cells, 1]);
      expect(out[`bbox_${stride}`]?.dims).toEqual([1, cells, 4]);
      expect(out[`kps_${stride}`]?.dims).toEqual([1, cells, 10]);
    }
  });

  it('sees nobody in an even grey', async () => {
    const size = { height: 192, width: 320 };
    const out = await (await open('detector')).run({ image: picture(192, 320) });
    const outputs = out as unknown as Parameters<typeof decodeDetections>[0];
    expect(decodeDetections(outputs, size, 'score', 0.3)).toEqual([]);
  });

  it.skipIf(!existsSync(photo))('gives the face of a photograph the best score', async () => {
    const size = { height: 320, width: 320 };
    const rgb = await sharp(photo).removeAlpha().resize(320, 320).raw().toBuffer();
    const data = Float32Array.from(
      { length: 3 * 320 * 320 },
      (_, i) => rgb[(i % (320 * 320)) * 3 + Math.floor(i / (320 * 320))]! / 127.5 - 1,
    );
    const out = await (await open('detector')).run({ image: new Tensor('float32', data, [1, 3, 320, 320]) });
    const outputs = out as unknown as Parameters<typeof decodeDetections>[0];
    const candidates = decodeDetections(outputs, size, 'score', 0.5);
    const found = suppressOverlaps(candidates, 0.3);
    // The eyes lie at about (206, 102) and (247, 103) of the 512 px picture.
    const [x0, y0, x1, y1] = [...found[0]!.fivePoints].map((v) => (v * 512) / 320);
    expect(Math.hypot(x0! - 206, y0! - 102)).toBeLessThan(20);
    expect(Math.hypot(x1! - 247, y1! - 103)).toBeLessThan(20);
  });
});

describe('the landmark network of mini', () => {
  it('gives the outputs that its adapter reads, in their ranges', async () => {
    const out = await (await open('landmarks')).run({ image: picture(128, 128, 0.2) });
    const dims = Object.fromEntries(Object.entries(out).map(([name, { dims }]) => [name, [...dims]]));
    expect(dims).toEqual({
      points: [1, 198, 2],
      visibility: [1, 198],
      pose: [1, 3],
      identity: [1, 40],
      expression: [1, 57],
      presence: [1, 1],
      embedding: [1, 64],
    });
    const { expression, presence, embedding } = out as Record<string, { data: Float32Array }>;
    expect(Math.min(...expression!.data)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...expression!.data)).toBeLessThanOrEqual(1);
    expect(presence!.data[0]).toBeLessThan(0.5); // an even picture is no face
    expect(Math.hypot(...embedding!.data)).toBeCloseTo(1, 5);
  });

  it('has the shape basis at its side, 198 points with 40 identity and 57 expression shapes', () => {
    const { file, sha256 } = roles.landmarks!.extras!['basis']!;
    const bytes = readFileSync(`models/${file}`);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0)))) as Record<
      string,
      { shape?: number[] }
    >;
    expect(header['mean']?.shape).toEqual([198, 3]);
    expect(header['identity']?.shape).toEqual([40, 198, 3]);
    expect(header['expression']?.shape).toEqual([57, 198, 3]);
  });
});

describe('the parser of mini', () => {
  it('gives twelve probabilities a pixel that add up to one', async () => {
    const out = await (await open('parser')).run({ image: picture(256, 256, -0.1) });
    const { dims, data } = out['probabilities'] as { dims: readonly number[]; data: Float32Array };
    expect(dims).toEqual([1, 12, 256, 256]);
    for (const pixel of [0, 777, 65535]) {
      let sum = 0;
      for (let label = 0; label < 12; label++) sum += data[label * 65536 + pixel]!;
      expect(sum).toBeCloseTo(1, 4);
    }
  });
});
