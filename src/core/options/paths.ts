import { isAbsolute, join } from 'node:path';

/** Options whose values are paths of files or folders. */
const pathNames = [
  ...(['inbox', 'outputDir', 'doneDir', 'failedDir', 'target', 'output'] as const),
  ...(['sheet', 'checkpoint', 'parser'] as const),
];

/**
 * Takes the paths among options as they are given from a folder: where a config file lies, not where the command
 * happens to be started. Everything else stays as it is.
 */
export function absolutePaths(
  given: Readonly<Record<string, unknown>>,
  folder: string,
): Readonly<Record<string, unknown>> {
  const at = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  const faces = (value: unknown): unknown => {
    if (typeof value === 'string' && value.startsWith('like:')) return `like:${at(value.slice(5))}`;
    const photo = (value as { readonly photo?: unknown } | undefined)?.photo;
    return typeof photo === 'string' ? { ...(value as object), photo: at(photo) } : value;
  };
  const photos = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(photos) : typeof value === 'string' ? at(value) : value;
  const mapEntry = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const split = value.lastIndexOf('=');
      return split < 1 ? value : `${at(value.slice(0, split))}=${String(faces(value.slice(split + 1)))}`;
    }
    if (typeof value !== 'object' || value === null) return value;
    const entry = value as { readonly source?: unknown; readonly faces?: unknown };
    return { ...entry, source: photos(entry.source), faces: faces(entry.faces) };
  };
  const result: Record<string, unknown> = { ...given };
  for (const name of pathNames) if (typeof given[name] === 'string') result[name] = at(given[name]);
  if ('source' in given) result['source'] = photos(given['source']);
  if ('faces' in given) result['faces'] = faces(given['faces']);
  if ('map' in given) {
    result['map'] = Array.isArray(given['map']) ? given['map'].map(mapEntry) : mapEntry(given['map']);
  }
  // A profile is a name unless it looks like a path.
  for (const name of ['profile', 'with']) {
    const profile = given[name];
    if (typeof profile === 'string' && /[/\\]|\.json$/.test(profile)) result[name] = at(profile);
  }
  // A folder, a file or an address.
  const { from } = given as { readonly from?: unknown };
  if (typeof from === 'string' && !/^https?:\/\//i.test(from)) result['from'] = at(from);
  return result;
}

/** Options that say the same thing in two ways: giving one takes back the other. */
const rivals: Readonly<Record<string, readonly string[]>> = {
  map: ['source', 'faces'],
  source: ['map'],
  range: ['frames'],
  frames: ['range'],
};

/** Puts options over others: what is given above wins, and takes back what excludes it below. */
export function layerOptions(
  ...layers: readonly Readonly<Record<string, unknown>>[]
): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer)) {
      if (value === undefined) continue;
      for (const rival of rivals[name] ?? []) if (!(rival in layer)) delete result[rival];
      result[name] = value;
    }
  }
  return result;
}
