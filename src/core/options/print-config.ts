import { resolveOptions, type OptionGroup } from './define.ts';

/**
 * The effective options as a YAML config file that gives the same options again: defaults are filled in, values
 * stand as they were given where they were, and what is not set is a comment.
 */
export async function configText(
  group: OptionGroup,
  given: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { stringify } = await import('yaml');
  const resolved: Readonly<Record<string, unknown>> = resolveOptions(group, given);
  const lines: string[] = [];
  for (const [name, option] of Object.entries(group)) {
    const unit = option.unit === undefined ? '' : ` (${option.unit})`;
    lines.push(`# ${option.description}${unit}`);
    const value = isPlain(resolved[name]) ? resolved[name] : (given[name] ?? resolved[name]);
    lines.push(
      value === undefined ? `# ${name}:` : stringify({ [name]: value }, { lineWidth: 0 }).trimEnd(),
      '',
    );
  }
  return lines.join('\n');
}

/** A value that reads the same in a file as in the program. */
function isPlain(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || (Array.isArray(value) && value.every(isPlain)));
}
