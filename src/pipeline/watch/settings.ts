import { lstat, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { InputError, OutputError, UsageError } from '../../core/errors.ts';
import { globsTest } from '../../core/glob.ts';
import { resolveOptions, type GivenOptions, type ResolvedOptions } from '../../core/options/define.ts';
import {
  watchFolderOptions,
  watchJobOptions,
  watchOptions as allOptions,
  type MetricsAddress,
} from '../../core/options/watch.ts';
import type { SwapOptions } from '../swap.ts';
import type { Disposal } from './dispose.ts';
import { makeFolder } from './publish.ts';

/** What the library's `watch` takes: folders and rules, and the options of `swap` for every file. See docs/watch.md. */
export type WatchOptions = GivenOptions<Omit<typeof watchFolderOptions, 'metrics'>> & {
  /** Port, or `host:port`. */
  readonly metrics?: string | number | MetricsAddress | undefined;
  /** Container of the outputs; default `same`. */
  readonly container?: 'same' | 'mp4' | 'm4v' | 'mov' | 'mkv' | 'webm' | undefined;
} & Omit<SwapOptions, 'target' | 'output' | 'overwrite' | 'signal' | 'env'>;

/** What a watch works with. */
export type WatchSettings = {
  readonly folder: ResolvedOptions<typeof watchFolderOptions>;
  /** Options of the jobs as they were given: sidecars are laid over them. */
  readonly job: Readonly<Record<string, unknown>>;
  readonly isWanted: (file: string) => boolean;
  readonly disposal: Disposal;
};

/** Checks options and splits them into those of the watch and those of its jobs. @throws {UsageError} */
export function readSettings(given: WatchOptions): WatchSettings {
  resolveOptions(allOptions, given);
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  const folder = resolveOptions(
    watchFolderOptions,
    Object.fromEntries(entries.filter(([name]) => Object.hasOwn(watchFolderOptions, name))),
  );
  if (folder.deleteDone && folder.doneDir !== undefined) {
    throw new UsageError('--done-dir and --delete-done are given together.', {
      code: 'USAGE_CONFLICT',
      hint: 'Give one of them.',
    });
  }
  return {
    folder,
    job: Object.fromEntries(entries.filter(([name]) => Object.hasOwn(watchJobOptions, name))),
    isWanted: globsTest(folder.pattern),
    disposal: {
      doneDir: folder.doneDir === undefined ? undefined : resolve(folder.doneDir),
      deleteDone: folder.deleteDone,
      failedDir: folder.failedDir === undefined ? undefined : resolve(folder.failedDir),
    },
  };
}

/** The folders of a watch; absolute, without links. */
export type WatchFolders = {
  readonly inbox: string;
  readonly outputDir: string;
  /** Journal, lock, status and work in progress. */
  readonly state: string;
  readonly work: string;
};

/** Where a watch on an output folder keeps what it knows. */
export function statePath(outputDir: string): string {
  return join(outputDir, '.facet');
}

/** Finds the inbox and makes the other folders. @throws {FacetError} when they cannot be used */
export async function openFolders({ folder, disposal }: WatchSettings): Promise<WatchFolders> {
  const inbox = await realpath(folder.inbox).catch((cause: unknown) => {
    throw new InputError(`There is no folder ${folder.inbox}.`, {
      code: 'INPUT_NOT_FOUND',
      hint: 'Check the path of the inbox.',
      cause,
    });
  });
  if (!(await lstat(inbox)).isDirectory()) {
    throw new UsageError(`The inbox ${folder.inbox} is not a folder.`, {
      code: 'USAGE_BAD_VALUE',
      hint: 'Name a folder; "facet swap" takes a single file.',
    });
  }
  for (const path of [folder.outputDir, disposal.doneDir, disposal.failedDir]) {
    if (path === undefined) continue;
    await makeFolder(resolve(path)).catch((cause: unknown) => {
      throw new OutputError(`The folder ${path} cannot be made.`, {
        code: 'OUTPUT_NOT_WRITABLE',
        hint: 'Check its permissions, or choose another place.',
        cause,
      });
    });
  }
  const outputDir = await realpath(folder.outputDir);
  if (isIn(outputDir, inbox) || isIn(inbox, outputDir)) {
    throw new UsageError('One of the inbox and --output-dir lies in the other.', {
      code: 'USAGE_CONFLICT',
      hint: 'Choose two folders beside each other: outputs would be taken for new files.',
    });
  }
  const state = statePath(outputDir);
  const work = join(state, 'work');
  await makeFolder(work).catch((cause: unknown) => {
    throw new OutputError(`The folder ${outputDir} cannot be written to.`, {
      code: 'OUTPUT_NOT_WRITABLE',
      hint: 'Check its permissions, or choose another place.',
      cause,
    });
  });
  for (const [flag, path] of [
    ['--done-dir', disposal.doneDir],
    ['--failed-dir', disposal.failedDir],
  ] as const) {
    if (path !== undefined && (await realpath(path)) === inbox) {
      throw new UsageError(`${flag} is the inbox itself.`, {
        code: 'USAGE_CONFLICT',
        hint: 'Choose another folder.',
      });
    }
  }
  return { inbox, outputDir, state, work };
}

/** Folders in the inbox that are not looked into. */
export async function leftOutFolders({ disposal }: WatchSettings): Promise<readonly string[]> {
  const paths = [disposal.doneDir, disposal.failedDir].filter((path) => path !== undefined);
  return Promise.all(paths.map((path) => realpath(path).catch(() => path)));
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
