import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { defer, switchMap } from 'rxjs';
import { loadManifest, readProfile } from '../../models/read-profile.ts';
import { openTools } from '../open-tools.ts';
import { planSwap } from '../plan.ts';
import { runSwap } from '../run-swap.ts';
import type { JobKind, JobSurroundings } from './job-kind.ts';
import { KeptScopes } from './kept-scopes.ts';
import type { JobOptions } from './sidecars.ts';
import { hashFile } from './stamp.ts';

/** What `facet watch` does with every file: a swap. In a watch, networks stay open from file to file. */
export const swapKind: JobKind = {
  begin(scope) {
    const kept = new KeptScopes();
    scope.defer('watch: networks', () => kept.close());
    return {
      ...swapKind,
      rest: () => {
        kept.rest();
      },
      run: ({ target, output, options }, { signal, env }) =>
        defer(() => networksKey(options, env)).pipe(
          switchMap((key) =>
            kept.use(key, (lasting) =>
              runSwap({ ...options, target, output, overwrite: false }, openTools, { signal, env, lasting }),
            ),
          ),
        ),
    };
  },
  run: ({ target, output, options }, surroundings) => {
    return runSwap({ ...options, target, output, overwrite: false }, openTools, surroundings);
  },
  async check(options, env) {
    await planSwap(options);
    await readProfile(options.profile, { env });
  },
  async describe(options, env) {
    const { name, version, path, roles } = await loadManifest(options.profile, { env });
    const networks = Object.entries(roles).map(([role, { file, sha256 }]) => [
      role,
      { file: basename(file), sha256 },
    ]);
    return {
      sources: await Promise.all(
        photosOf(options).map(async (file) => ({ file, sha256: await hashFile(await realpath(file)) })),
      ),
      models: { profile: name, version, manifest: path, networks: Object.fromEntries(networks) as object },
    };
  },
};

/** What decides which networks a job opens, and on what. */
async function networksKey({ profile, device }: JobOptions, env: JobSurroundings['env']): Promise<string> {
  const { path, roles } = await loadManifest(profile, { env });
  return JSON.stringify([path, device, Object.entries(roles).map(([role, { sha256 }]) => [role, sha256])]);
}

/** All photos that options name, each once. */
function photosOf({ source, faces, map }: JobOptions): readonly string[] {
  const choices = [faces, ...(map ?? []).map((entry) => entry.faces)];
  return [
    ...new Set([
      ...(source ?? []),
      ...(map ?? []).flatMap((entry) => entry.source),
      ...choices.flatMap((choice) => (choice.kind === 'like' ? [choice.photo] : [])),
    ]),
  ];
}
