import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Env = Readonly<Record<string, string | undefined>>;

/** Folder of the networks that come with the package. */
export const bundledFolder = fileURLToPath(new URL('../../models/', import.meta.url));

/**
 * Folder of everything facet keeps for this user: FACET_HOME when set; else, by platform, XDG_CACHE_HOME/facet or
 * ~/.cache/facet, ~/Library/Caches/facet, or LOCALAPPDATA\facet\Cache.
 */
export function cacheFolder(env: Env = process.env, platform: NodeJS.Platform = process.platform): string {
  const named = env['FACET_HOME'];
  if (named !== undefined && named !== '') return named;
  const home = env['HOME'] ?? homedir();
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] ?? join(env['USERPROFILE'] ?? home, 'AppData', 'Local'), 'facet', 'Cache');
  }
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'facet');
  const xdg = env['XDG_CACHE_HOME'];
  // The XDG rules: a relative path is not valid and is ignored.
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, '.cache'), 'facet');
}

/** Folder of the user's manifests (NAME.json) and networks (NAME/…), laid out as the package's own. */
export function modelsFolder(env: Env = process.env): string {
  return join(cacheFolder(env), 'models');
}
