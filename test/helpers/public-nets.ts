import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetworkEntry } from '../../src/core/profile.ts';
import { openNet } from '../../src/nets/net.ts';
import type { OpenRole } from '../../src/nets/opened.ts';

const shared = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared');

/** A photo of a real person (NASA, public domain), 512x512. */
export const astronaut = join(shared, 'media', 'astronaut.png');

/** Why tests with public networks are left out; undefined when they can run. */
export const noPublicNets = existsSync(join(shared, 'models', 'yunet_n_dynamic.onnx'))
  ? undefined
  : 'shared/models is not here: YuNet and the face mesh are not part of the repository';

const plain = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] } as const;
const entry = { sha256: '', bytes: 0, licence: 'Apache-2.0', nonCommercial: false };

/** YuNet for any size, and MediaPipe's face mesh, as a manifest would name them. */
export const publicEntries: Readonly<Record<'detector' | 'landmarks', NetworkEntry>> = {
  detector: {
    ...entry,
    file: join(shared, 'models', 'yunet_n_dynamic.onnx'),
    adapter: 'yunet',
    image: { input: 'input', width: 640, height: 640, layout: 'NCHW', channels: 'BGR', ...plain },
  },
  landmarks: {
    ...entry,
    file: join(shared, 'models', 'facemesh_192.onnx'),
    adapter: 'facemesh',
    image: {
      input: 'input_1',
      width: 192,
      height: 192,
      layout: 'NHWC',
      channels: 'RGB',
      mean: [0, 0, 0],
      std: [1, 1, 1],
    },
  },
};

/** Opens the public networks on one thread of the processor each. */
export const openPublic: OpenRole = async (role, scope) => {
  const network = publicEntries[role as keyof typeof publicEntries];
  const net = await openNet(role, { file: network.file, provider: 'cpu', threads: 1 }, scope);
  return { net, entry: network };
};

/** Writes a profile with the public networks and no others into a folder; gives its path. */
export async function writePublicProfile(folder: string): Promise<string> {
  const checked = async (network: NetworkEntry): Promise<NetworkEntry> => {
    const content = await readFile(network.file);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { ...network, sha256, bytes: content.length };
  };
  const path = join(folder, 'public.json');
  const roles = {
    detector: await checked(publicEntries.detector),
    landmarks: await checked(publicEntries.landmarks),
  };
  await writeFile(
    path,
    JSON.stringify({ name: 'public', version: '1', description: 'public networks', roles }),
  );
  return path;
}
