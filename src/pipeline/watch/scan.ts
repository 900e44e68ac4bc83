import { lstat, opendir } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';

/** What is looked for in an inbox. */
export type ScanRules = {
  readonly inbox: string;
  /** Tells by its path in the inbox whether a file is wanted. */
  readonly isWanted: (file: string) => boolean;
  /** Folders inside the inbox that are not part of it, as absolute paths. */
  readonly leftOut: readonly string[];
};

/** A walk through the inbox. */
export type Scan = {
  readonly files: readonly string[];
  /** Links that were passed over. */
  readonly links: readonly string[];
  /** Folders that could not be read. */
  readonly unreadable: readonly string[];
};

/** The path in the inbox with `/`; undefined for what is not in it or hidden. */
export function pathInInbox({ inbox, leftOut }: ScanRules, path: string): string | undefined {
  const file = relative(inbox, path).split(sep).join('/');
  if (file === '' || file === '..' || file.startsWith('../')) return undefined;
  if (file.split('/').some((part) => part.startsWith('.'))) return undefined;
  return leftOut.some((folder) => path === folder || path.startsWith(`${folder}${sep}`)) ? undefined : file;
}

/**
 * Lists the wanted files of an inbox. Links are not followed, whatever they lead to; hidden files and folders
 * are not looked at.
 *
 * @throws when the inbox itself cannot be read
 */
export async function scanInbox(rules: ScanRules): Promise<Scan> {
  const [files, links, unreadable]: [string[], string[], string[]] = [[], [], []];
  const folders = [''];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    try {
      for await (const entry of await opendir(join(rules.inbox, folder))) {
        const file = posix.join(folder, entry.name);
        const path = join(rules.inbox, file);
        if (pathInInbox(rules, path) === undefined) continue;
        let kind: Pick<typeof entry, 'isFile' | 'isDirectory' | 'isSymbolicLink'> = entry;
        // Some network file systems do not tell in the list what a name is.
        if (!entry.isFile() && !entry.isDirectory() && !entry.isSymbolicLink()) {
          const stats = await lstat(path).catch(() => undefined);
          if (!stats) continue;
          kind = stats;
        }
        if (kind.isSymbolicLink()) links.push(file);
        else if (kind.isDirectory()) folders.push(file);
        else if (kind.isFile() && rules.isWanted(file)) files.push(file);
      }
    } catch (error) {
      if (folder === '') throw error;
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') unreadable.push(folder);
    }
  }
  return { files: files.sort(), links: links.sort(), unreadable };
}
