import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '../core/errors.ts';

const run = promisify(execFile);

/** One program that was found, and what it can do. */
export type FoundProgram = {
  readonly path: string;
  readonly from: 'environment' | 'PATH' | 'bundled';
  /** As it prints it, e.g. `5.1.9-0+deb12u1`. */
  readonly version: string;
};

export type FoundFfmpeg = FoundProgram & {
  /** True when it knows -fps_mode (5.1 and later); -vsync is gone from later ones. */
  readonly hasFpsMode: boolean;
  /** Names of its video encoders. */
  readonly encoders: ReadonlySet<string>;
};

export type Env = Readonly<Record<string, string | undefined>>;

/** The best ffmpeg: FFMPEG_PATH, then PATH, then the bundled one. @throws {InputError} when none runs */
export async function findFfmpeg(env: Env = process.env): Promise<FoundFfmpeg> {
  const { said, ...found } = await find('ffmpeg', env['FFMPEG_PATH'], env, '@ffmpeg-installer/ffmpeg');
  const encoders = new Set([...said.matchAll(/^ V[A-Z.]{5} (\S+)/gm)].map((match) => match[1]!));
  return { ...found, hasFpsMode: knowsFpsMode(found.version, said), encoders };
}

/** The best ffprobe: FFPROBE_PATH, then PATH, then the bundled one. @throws {InputError} when none runs */
export async function findFfprobe(env: Env = process.env): Promise<FoundProgram> {
  const { path, from, version } = await find(
    'ffprobe',
    env['FFPROBE_PATH'],
    env,
    '@ffprobe-installer/ffprobe',
  );
  return { path, from, version };
}

/** Path of the best ffprobe, without asking it anything: that would cost a process. */
export async function locateFfprobe(env: Env = process.env): Promise<string> {
  const named = env['FFPROBE_PATH'];
  if (named !== undefined && named !== '') return (await findFfprobe(env)).path;
  for await (const path of onPath('ffprobe', env)) return path;
  return bundledPath('@ffprobe-installer/ffprobe') ?? (await findFfprobe(env)).path;
}

/** Executable files of a name in the folders of PATH. */
async function* onPath(name: string, env: Env): AsyncGenerator<string> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, process.platform === 'win32' ? `${name}.exe` : name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) yield path;
  }
}

/** A program and all that it said when it was asked. */
type Asked = FoundProgram & { readonly said: string };

const known = new Map<string, Promise<Asked | undefined>>();

async function find(
  name: 'ffmpeg' | 'ffprobe',
  named: string | undefined,
  env: Env,
  bundle: string,
): Promise<Asked> {
  const variable = `${name.toUpperCase()}_PATH`;
  if (named !== undefined && named !== '') {
    const found = await ask(name, named, 'environment');
    if (found) return found;
    // Asked for by name: another one would be a silent fallback.
    throw new InputError(`${variable} is ${named}, which does not run.`, {
      code: 'FFMPEG_MISSING',
      hint: `Set ${variable} to an ${name} that runs, or unset it.`,
    });
  }
  for await (const path of onPath(name, env)) {
    const found = await ask(name, path, 'PATH');
    if (found) return found;
  }
  const bundled = bundledPath(bundle);
  const found = bundled === undefined ? undefined : await ask(name, bundled, 'bundled');
  if (found) return found;
  throw new InputError(`No ${name} was found.`, {
    code: 'FFMPEG_MISSING',
    hint: `Install ffmpeg, or set ${variable} to it.`,
  });
}

/** Path of the program that came with an npm package, if the package has one for this machine. */
export function bundledPath(packageName: string): string | undefined {
  try {
    return (createRequire(import.meta.url)(packageName) as { path: string }).path;
  } catch {
    return undefined;
  }
}

/**
 * Asks a program for its version, and ffmpeg for its encoders in the same breath (0.1 s of processor time for each
 * question): it says its version before every answer.
 */
function ask(
  name: 'ffmpeg' | 'ffprobe',
  path: string,
  from: FoundProgram['from'],
): Promise<Asked | undefined> {
  let answer = known.get(path);
  if (!answer) {
    answer = run(path, [name === 'ffmpeg' ? '-encoders' : '-version'], { timeout: 20_000 }).then(
      ({ stdout, stderr }) => {
        const said = stderr + stdout;
        return { path, from, version: /version (\S+)/.exec(said)?.[1] ?? 'unknown', said };
      },
      () => undefined,
    );
    known.set(path, answer);
  }
  return answer.then((found) => found && { ...found, from });
}

/** Builds from git have no number; they carry the year they were made in. */
function knowsFpsMode(version: string, said: string): boolean {
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major !== undefined && minor !== undefined) return Number(major) + Number(minor) / 10 >= 5.1;
  return Number(/-(\d{4}) the FFmpeg/.exec(said)?.[1] ?? 0) >= 2023;
}
