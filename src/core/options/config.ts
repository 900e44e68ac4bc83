import { UsageError } from '../errors.ts';
import { resolveOptions, type OptionGroup } from './define.ts';

/**
 * Reads the text of a YAML or JSON config file and checks it against a command's options; what must be given may
 * be missing here. Values come back as they stand in the file. Loads the YAML reader only now: it takes longer
 * than all the rest of a short command's start.
 *
 * @param name what the file is called in messages, e.g. `the config file swap.yaml`
 * @throws {UsageError} that names the line
 */
export async function readConfigText(
  group: OptionGroup,
  content: string,
  name: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const wrong = document.errors[0];
  if (wrong) {
    const { line, col } = lines.linePos(wrong.pos[0]);
    throw new UsageError(`${capital(name)} is neither YAML nor JSON (line ${line}, column ${col}).`, {
      code: 'USAGE_BAD_CONFIG',
      hint: wrong.message,
      cause: wrong,
    });
  }
  if (document.contents === null) return {};
  if (!isMap(document.contents)) {
    throw new UsageError(`${capital(name)} does not hold options by name.`, {
      code: 'USAGE_BAD_CONFIG',
      hint: 'Write one `name: value` a line.',
    });
  }
  const values: Record<string, unknown> = {};
  for (const { key, value } of document.contents.items) {
    const range = isScalar(key) ? key.range : undefined;
    const where = range ? `${name}, line ${lines.linePos(range[0]).line}` : name;
    const option = String(isScalar(key) ? key.value : key);
    const given: unknown =
      typeof value === 'object' && value !== null && 'toJS' in value
        ? (value as { toJS: (document: unknown) => unknown }).toJS(document)
        : value;
    checkName(group, option, where);
    // A name without a value is as good as not there.
    if (given === null || given === undefined) continue;
    resolveOptions({ [option]: { ...group[option]!, presence: 'optional' } }, { [option]: given }, where);
    values[option] = given;
  }
  return values;
}

function checkName(group: OptionGroup, option: string, where: string): void {
  if (Object.hasOwn(group, option)) return;
  // Says which names there are, and which one was meant.
  const relaxed = Object.entries(group).map(
    ([name, one]) => [name, { ...one, presence: 'optional' }] as const,
  );
  resolveOptions(Object.fromEntries(relaxed), { [option]: true }, where);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
