import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { requiredRoles, type NetworkEntry, type Profile, type Role } from '../../src/core/profile.ts';

export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A manifest in which every required role has a small file of its own. */
export function tinyProfile(name: string, more: Partial<Profile> = {}): Profile {
  const roles = Object.fromEntries(requiredRoles.map((role) => [role, tinyEntry(name, role)]));
  return { name, version: '1', description: 'made for a test', roles, ...more };
}

/** The entry of a file that holds the profile's and the role's name. */
export function tinyEntry(profile: string, role: Role): NetworkEntry {
  const content = `${profile} ${role}`;
  return {
    file: `${profile}/${role}.onnx`,
    sha256: sha256Of(content),
    bytes: content.length,
    licence: 'MIT',
    nonCommercial: false,
    adapter: 'test',
  };
}

/** Writes a manifest and, where an entry is a tiny one, its file. Returns the manifest's path. */
export async function writeProfile(folder: string, profile: Profile): Promise<string> {
  const path = join(folder, `${profile.name}.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, JSON.stringify(profile));
  for (const [role, entry] of Object.entries(profile.roles)) {
    if (entry.adapter !== 'test') continue;
    const file = join(folder, entry.file);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${profile.name} ${role}`);
  }
  return path;
}
