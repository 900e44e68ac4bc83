import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { decodedFrames, temporaryFolder } from '../helpers/media.ts';

const samples = join(import.meta.dirname, '..', '..', 'samples');
const cross = join(samples, 'cross.mp4');
const [width, height, frames] = [640, 360, 3];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** Swaps the first frames as a config file says, and gives the lumas and chromas of every frame. */
async function swapped(name: string, map: readonly Record<string, unknown>[]): Promise<Uint8Array[]> {
  const config = join(folder.path, `${name}.yaml`);
  const output = join(folder.path, `${name}.mkv`);
  // JSON is YAML.
  await writeFile(config, JSON.stringify({ map, codec: 'ffv1', frames: `0-${frames - 1}`, device: 'cpu' }));
  const { exitCode, stderr } = await cli([
    ...['swap', '--config', config, '-t', cross, '-o', output, '--quiet'],
  ]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return decodedFrames(output, width, height);
}

it('swaps two faces of a frame, each as its entry of the config file says and as it would alone', async () => {
  const whole = { source: join(samples, 'source-1.png'), faces: '0' };
  const some = {
    ...{ source: join(samples, 'source-2.png'), faces: '1', shape: 'target' },
    ...{ regions: 'lip,eyebrows', amount: { lip: 0.5 } },
  };
  const before = (await decodedFrames(cross, width, height)).slice(0, frames);
  const left = await swapped('left', [whole]);
  const right = await swapped('right', [some]);
  const both = await swapped('both', [whole, some]);
  const count = { left: 0, right: 0 };
  both.forEach((frame, k) => {
    // What one entry alone changed, the other one left: the faces are apart here.
    const wanted = left[k]!.map((v, i) => (v !== before[k]![i] ? v : right[k]![i]!));
    expect(frame.length).toBe(before[k]!.length);
    expect(Buffer.compare(frame, wanted)).toBe(0);
    for (let i = 0; i < width * height; i++) {
      if (left[k]![i] !== before[k]![i]) count.left += 1;
      if (right[k]![i] !== before[k]![i]) count.right += 1;
    }
  });
  // Lips and brows are a small part of a face.
  expect(count.right).toBeGreaterThan(30 * frames);
  expect(count.left).toBeGreaterThan(4 * count.right);
}, 600_000);
