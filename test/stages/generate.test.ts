import { fileURLToPath } from 'node:url';
import { from, lastValueFrom, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Frame, FramePool } from '../../src/core/frame.ts';
import { Item } from '../../src/core/item.ts';
import { Scope } from '../../src/core/scope.ts';
import type { NetworkEntry } from '../../src/core/profile.ts';
import { writeRgi } from '../../src/models/rgi-entries.ts';
import { openSafetensors } from '../../src/models/safetensors.ts';
import { openNet, type Net } from '../../src/nets/net.ts';
import { rgiOf } from '../../src/nets/rgi.ts';
import { generate, type Generate } from '../../src/stages/generate.ts';
import type { SwappedFace } from '../../src/stages/swap.ts';
import { smallVideo, stageContext } from '../contract/stage.ts';
import { formulaLabels, stream } from '../helpers/formula.ts';
import { temporaryFolder } from '../helpers/media.ts';
import { difference } from '../helpers/session.ts';

type Face = Pick<SwappedFace, 'codes' | 'labels'>;

/** Sends one frame with these faces through the stage; gives their pictures. */
async function picturesOf(faces: readonly Face[], openGenerator: Generate): Promise<readonly Float32Array[]> {
  const pool = new FramePool(1, smallVideo.layout.bytes);
  const data = await pool.acquire();
  const frame = new Frame({ index: 0, pts: 0, isSceneStart: false, format: smallVideo, data, pool });
  const scope = new Scope();
  const made = generate({ openGenerator: () => Promise.resolve(openGenerator) });
  const items = from([new Item(frame, faces as readonly SwappedFace[])]);
  const [item] = await lastValueFrom(items.pipe(made.in(stageContext(scope)), toArray()));
  const pictures = item!.faces.map(({ generated }) => generated);
  item!.release();
  await scope.close();
  return pictures;
}

it('hands all faces of a frame over in one call, and gives each its own picture', async () => {
  const faces = [1, 2, 3].map((value) => ({ codes: Float32Array.of(value), labels: new Uint8Array(1) }));
  const calls: number[] = [];
  const pictures = await picturesOf(faces, (list) => {
    calls.push(list.length);
    return Promise.resolve(list.map(({ codes }) => Float32Array.from(codes)));
  });
  expect(calls).toEqual([3]);
  expect(pictures.map((picture) => [...picture])).toEqual([[1], [2], [3]]);
});

describe('the generator of mini, with several faces in a frame', () => {
  const side = 256;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const scope = new Scope();
  let encoder: NetworkEntry;
  let file: string;
  let mapper: Net;
  let faces: readonly Face[];
  beforeAll(async () => {
    folder = await temporaryFolder();
    const weights = openSafetensors(
      fileURLToPath(new URL('../../models/training/weights/rgi_mini.safetensors', import.meta.url)),
    );
    const options = JSON.parse(weights.metadata['opts'] ?? '{}') as Record<string, unknown>;
    const entries = await writeRgi(weights, options, {
      folder: folder.path,
      prefix: `${folder.path}/`,
      licence: 'MIT',
      nonCommercial: false,
      fp16: false,
      resolutions: [],
    });
    weights.close();
    encoder = entries.encoder;
    file = entries.generator.file;
    mapper = await openNet('mapper', { file: entries.mapper.file, provider: 'cpu', threads: 1 }, scope);
    const count = mapper.info.outputs[0]!.dims.reduce<number>((product, dim) => product * Number(dim), 1);
    faces = Array.from({ length: 5 }, (_, i) => ({
      codes: stream(`codes ${i}`, count, (u) => 0.35 * u),
      labels: formulaLabels(side, side, { dx: 0.03 * i, drop: i === 1 ? [4, 10] : [] }),
    }));
  });
  afterAll(async () => {
    await scope.close();
    await folder.remove();
  });

  /** The real session on the processor, said to be another device's, and how many faces each of its runs has. */
  async function watched(
    provider: string,
    isOneByOne = false,
  ): Promise<{ generate: Generate; runs: number[] }> {
    const net = await openNet('generator', { file, provider: 'cpu', threads: 1, isOneByOne }, scope);
    const runs: number[] = [];
    const generator: Net = {
      ...net,
      provider,
      run: (feeds, more) => {
        runs.push(feeds['labels']!.dims[0]!);
        return net.run(feeds, more);
      },
    };
    return { generate: rgiOf({ encoder: mapper, mapper, generator }, encoder).generate, runs };
  }

  it('runs once for two faces on a device that makes several, and gives each what it is given alone', async () => {
    const pair = faces.slice(0, 2);
    const [alone, together] = [await watched('cpu'), await watched('webgpu')];
    const expected = await picturesOf(pair, alone.generate);
    const found = await picturesOf(pair, together.generate);
    expect(alone.runs).toEqual([1, 1]);
    expect(together.runs).toEqual([2]);
    for (const [i, picture] of found.entries()) {
      expect(picture).toHaveLength(3 * side * side);
      // The same products; their sums may come in another order. Values are 0…1.
      expect(difference(picture, expected[i]!).max).toBeLessThan(1e-5);
    }
    expect(difference(found[0]!, found[1]!).max).toBeGreaterThan(1e-3);
  });

  it('makes no more faces of 256 px in one run than four', async () => {
    const { generate: run, runs } = await watched('cuda');
    const pictures = await picturesOf(faces, run);
    expect(runs).toEqual([4, 1]);
    expect(pictures).toHaveLength(5);
  });

  it('runs face by face where the network was opened for one at a time, with the same numbers', async () => {
    const pair = faces.slice(0, 2);
    const [open, fixed] = [await watched('cpu'), await watched('webgpu', true)];
    const expected = await picturesOf(pair, open.generate);
    const found = await picturesOf(pair, fixed.generate);
    expect(fixed.runs).toEqual([1, 1]);
    for (const [i, picture] of found.entries()) {
      expect(difference(picture, expected[i]!).max).toBeLessThan(1e-5);
    }
  });
});
