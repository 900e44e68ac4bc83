import type { CatalogueItem, ImportedProfile } from '../../models/catalogue.ts';
import type { ProfileStatus, RoleStatus } from '../../models/status.ts';

/** What `models list` found. */
export type ModelsFound = {
  readonly profiles: readonly ProfileStatus[];
  readonly networks: readonly {
    readonly item: CatalogueItem;
    readonly path: string;
    readonly isHere: boolean;
  }[];
  /** Profiles that would have to be imported first. */
  readonly imports: readonly ImportedProfile[];
};

/** The list in lines for people. */
export function modelsLines({ profiles, networks, imports }: ModelsFound): readonly string[] {
  return [
    'Profiles (--profile NAME)',
    ...profiles.flatMap(profileLines),
    ...imports.flatMap((profile) => [
      `  ${profile.name}: not imported, non-commercial use only. ${profile.description}`,
      `      licence: ${profile.licence}`,
      ...profile.files.map(
        ({ file, from, roles }) => `      ${file} (${roles.join(', ')}), distributed by its authors: ${from}`,
      ),
      `      then: ${profile.command}`,
    ]),
    '',
    'Public networks (facet models pull NAME)',
    ...networks.map(({ item, path, isHere }) => {
      const { bytes, licence, nonCommercial } = item.entry;
      const use = nonCommercial ? ', non-commercial use only' : '';
      return `  ${item.name.padEnd(9)} ${item.role.padEnd(9)} ${megabytes(bytes)}  ${licence}${use}. ${item.description}; ${isHere ? path : 'not here'}`;
    }),
  ];
}

/** One profile in lines for people. */
export function profileLines(profile: ProfileStatus): readonly string[] {
  const { name, path, isBundled, isComplete, isNonCommercial, description, roles, problem } = profile;
  const facts = [
    ...(isBundled ? ['bundled'] : []),
    problem ? 'not usable' : isComplete ? 'complete' : 'not complete',
    ...(isNonCommercial ? ['non-commercial use only'] : []),
  ];
  return [
    `  ${name}: ${facts.join(', ')}. ${description}`,
    ...(problem ? [`      ${problem.message}`, `      ${problem.hint}`] : [`      ${path}`]),
    ...roles.flatMap(roleLines),
  ];
}

function roleLines({ role, entry, bytes, problem }: RoleStatus): readonly string[] {
  const name = `    ${role.padEnd(10)}`;
  if (!entry) return [`${name} missing`];
  const use = entry.nonCommercial ? ', non-commercial use only' : '';
  return [
    `${name} ${megabytes(bytes)}  ${entry.licence}${use}  ${entry.file}`,
    ...(problem ? [`${' '.repeat(14)} ${problem.message}`, `${' '.repeat(14)} ${problem.hint}`] : []),
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1).padStart(6)} MB`;
}

/** The list as an object for `--json`. */
export function modelsJson({ profiles, networks, imports }: ModelsFound): Readonly<Record<string, unknown>> {
  return {
    profiles: profiles.map(profileJson),
    imports,
    networks: networks.map(({ item, path, isHere }) => ({
      name: item.name,
      description: item.description,
      role: item.role,
      bytes: item.entry.bytes,
      sha256: item.entry.sha256,
      licence: item.entry.licence,
      nonCommercial: item.entry.nonCommercial,
      urls: [item.entry.url, ...item.mirrors],
      file: path,
      isHere,
    })),
  };
}

/** One profile as an object for `--json`. */
export function profileJson(profile: ProfileStatus): Readonly<Record<string, unknown>> {
  const { name, path, isBundled, isComplete, isNonCommercial, description, roles, problem } = profile;
  return {
    name,
    manifest: path,
    description,
    isBundled,
    isComplete,
    isNonCommercial,
    ...(problem && { problem: problemJson(problem) }),
    roles: roles.map(({ role, entry, bytes, problem: wrong }) => ({
      role,
      ...(entry && {
        file: entry.file,
        bytes,
        sha256: entry.sha256,
        licence: entry.licence,
        nonCommercial: entry.nonCommercial,
        url: entry.url,
        adapter: entry.adapter,
      }),
      ...(wrong && { problem: problemJson(wrong) }),
    })),
  };
}

function problemJson({ code, message, hint }: NonNullable<ProfileStatus['problem']>): object {
  return { code, message, hint };
}
