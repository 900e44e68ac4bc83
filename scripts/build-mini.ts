import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Profile } from '../src/core/profile.ts';
import { writeRgi } from '../src/models/rgi-entries.ts';
import { openSafetensors } from '../src/models/safetensors.ts';

/**
 * `npm run build:mini`: writes the bundled encoder, mapper and generator from the trained weights, and their
 * entries into models/mini.json; other entries stay as they are.
 */
async function main(): Promise<void> {
  const models = join(dirname(fileURLToPath(import.meta.url)), '..', 'models');
  const weights = openSafetensors(join(models, 'training', 'weights', 'rgi_mini.safetensors'));
  const options = JSON.parse(weights.metadata['opts'] ?? '{}') as Record<string, unknown>;
  const entries = await writeRgi(weights, options, {
    folder: join(models, 'mini'),
    prefix: 'mini/',
    licence: 'MIT',
    nonCommercial: false,
    fp16: true, // as they are in the file of weights
    resolutions: [],
  });
  weights.close();
  const manifest = join(models, 'mini.json');
  const known = await readFile(manifest, 'utf8').then(
    (text) => JSON.parse(text) as Profile,
    () => undefined,
  );
  const profile: Profile = {
    name: 'mini',
    version: known?.version ?? '0.1.0',
    description:
      known?.description ??
      'Bundled networks, trained by this project on rendered faces only; 256 px generator.',
    roles: { ...known?.roles, ...entries },
  };
  await writeFile(`${manifest}.part`, `${JSON.stringify(profile, null, 2)}\n`);
  await rename(`${manifest}.part`, manifest);
  for (const [role, { file, bytes }] of Object.entries(entries)) {
    console.log(`${role}: models/${file}, ${(bytes / 1e6).toFixed(2)} MB`);
  }
}

await main();
