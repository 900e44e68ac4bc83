import type { Option, OptionGroup } from './define.ts';

/** What does not fit into a table. */
const whichFaces = [
  '',
  '## Which face is the largest, and which is like a photo',
  '',
  '`--faces largest` is decided anew every 25 frames: it takes the face that, in the last of the six stretches of 25 before',
  '(within the shot) where there was such a one, was half as large again in area as every other; what a shot begins with counts',
  'as such a face. Where there was none, it is the one that was the largest over all of them, and the left one of faces about as',
  'large (within a quarter); `like:photo.png` takes the face that looked most like the photo over the same stretches.',
];

/** The page docs/options.md: a table for every command, from the definitions that the checks are made of. */
export function optionsPage(commands: Readonly<Record<string, OptionGroup>>): string {
  const lines = [
    '# Options',
    '',
    'Made by `npx tsx scripts/write-options.ts` from `src/core/options`; a test compares. Every option can also stand',
    'in a YAML or JSON file given with `--config FILE`, under the name in the second column; flags win over the file.',
    'Relative paths in the file are taken from the folder it lies in. Unknown names and wrong values are errors (exit code 2).',
  ];
  for (const [command, group] of Object.entries(commands)) {
    lines.push(
      '',
      `## facet ${command}`,
      '',
      '| flag | name | what | unit | default |',
      '| --- | --- | --- | --- | --- |',
    );
    const options = Object.values(group);
    for (const option of [...options.filter(isCommon), ...options.filter((one) => !isCommon(one))]) {
      const cells = [
        `\`${option.flag}\``,
        `\`${option.name}\``,
        option.description,
        option.unit ?? '',
        defaultOf(option),
      ];
      lines.push(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
    }
  }
  lines.push(...whichFaces);
  return `${lines.join('\n')}\n`;
}

function isCommon(option: Option): boolean {
  return option.isCommon;
}

function defaultOf(option: Option): string {
  if (option.presence === 'required') return 'must be given';
  if (option.default === undefined) return '';
  return typeof option.default === 'object'
    ? `\`${JSON.stringify(option.default)}\``
    : `\`${String(option.default)}\``;
}
