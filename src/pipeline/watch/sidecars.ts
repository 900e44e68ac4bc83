import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { InputError } from '../../core/errors.ts';
import { readConfigText } from '../../core/options/config.ts';
import { resolveOptions, type ResolvedOptions } from '../../core/options/define.ts';
import { absolutePaths, layerOptions } from '../../core/options/paths.ts';
import { watchJobOptions } from '../../core/options/watch.ts';

export type JobOptions = ResolvedOptions<typeof watchJobOptions>;

/** Names of a folder's own options, for all that is in it. */
const folderNames = ['facet.yaml', 'facet.yml'];
/** What is put behind a file's name for its own options. */
const fileEndings = ['.yaml', '.yml'];

/** True for files that hold options and no video. */
export function isSidecar(file: string): boolean {
  return /\.ya?ml$/i.test(file);
}

/** Paths in the inbox where options of a file may stand: folders from the top down, then the file's own. */
export function sidecarsOf(file: string): readonly string[] {
  const folders = posix.dirname(file) === '.' ? [] : posix.dirname(file).split('/');
  const paths = [''].concat(folders.map((_, i) => folders.slice(0, i + 1).join('/')));
  return [
    ...paths.flatMap((folder) => folderNames.map((name) => posix.join(folder, name))),
    ...fileEndings.map((ending) => `${file}${ending}`),
  ];
}

/** The options of one file: those of the watch, over them those of its folders, over them its own. */
export type FileOptions = {
  readonly options: JobOptions;
  /** The sidecars that were read. */
  readonly sidecars: readonly string[];
};

/** Reads the options of a file. @throws {UsageError} that names the sidecar and its line */
export async function readFileOptions(
  inbox: string,
  file: string,
  base: Readonly<Record<string, unknown>>,
): Promise<FileOptions> {
  const layers = [base];
  const sidecars: string[] = [];
  for (const { name, content } of await readSidecars(inbox, file)) {
    const given = await readConfigText(watchJobOptions, content, `the sidecar ${name}`);
    layers.push(absolutePaths(given, dirname(join(inbox, name))));
    sidecars.push(name);
  }
  return { options: resolveOptions(watchJobOptions, layerOptions(...layers)), sidecars };
}

/** Changes when any of a file's options change. */
export async function optionsKeyOf(
  inbox: string,
  file: string,
  base: Readonly<Record<string, unknown>>,
): Promise<string> {
  const texts = (await readSidecars(inbox, file)).map(({ name, content }) => [name, content]);
  return createHash('sha256')
    .update(JSON.stringify([base, texts]))
    .digest('hex')
    .slice(0, 16);
}

async function readSidecars(
  inbox: string,
  file: string,
): Promise<readonly { readonly name: string; readonly content: string }[]> {
  const found: { name: string; content: string }[] = [];
  for (const name of sidecarsOf(file)) {
    const path = join(inbox, name);
    if (Buffer.byteLength(basename(path)) > 255) continue;
    const stats = await lstat(path).catch(() => undefined);
    // A link may lead out of the inbox: it is passed over, as for videos.
    if (!stats?.isFile()) continue;
    try {
      found.push({ name, content: await readFile(path, 'utf8') });
    } catch (cause) {
      throw new InputError(`The sidecar ${name} cannot be read.`, {
        code: 'SIDECAR_UNREADABLE',
        hint: 'Check its permissions.',
        cause,
      });
    }
  }
  return found;
}
