/**
 * Turns a glob into a test for paths with `/` between their parts, whatever their case. `*` and `?` stay within
 * one part, `**` goes over any number of them, `{a,b}` is one of several, `[ab]` one of some letters.
 *
 * @throws {Error} that completes "It must be …"
 */
export function globTest(pattern: string): (path: string) => boolean {
  let source = '';
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (pattern.startsWith('**/', i)) {
      source += '(?:.*/)?';
      i += 2;
    } else if (pattern.startsWith('**', i)) {
      source += '.*';
      i += 1;
    } else if (c === '*') source += '[^/]*';
    else if (c === '?') source += '[^/]';
    else if (c === '{') {
      source += '(?:';
      depth += 1;
    } else if (c === '}' && depth > 0) {
      source += ')';
      depth -= 1;
    } else if (c === ',' && depth > 0) source += '|';
    else if (c === '[') {
      const end = pattern.indexOf(']', i + 2);
      if (end < 0) throw new Error('a pattern whose [ is closed by a ]');
      const letters = pattern
        .slice(i + 1, end)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\');
      source += `[${letters}]`;
      i = end;
    } else source += c.replace(/[.+^$()|[\]\\{}]/, '\\$&');
  }
  if (depth > 0) throw new Error('a pattern whose { is closed by a }');
  const regex = new RegExp(`^${source}$`, 'iu');
  return (path) => regex.test(path);
}

/**
 * A test for paths by several globs: some must match, and none of those that begin with `!`. A glob without a
 * slash is about the name alone, in any folder.
 */
export function globsTest(patterns: readonly string[]): (path: string) => boolean {
  const tests = patterns.map((pattern) => {
    const isNot = pattern.startsWith('!');
    const glob = isNot ? pattern.slice(1) : pattern;
    return { isNot, test: globTest(glob.includes('/') ? glob : `**/${glob}`) };
  });
  const [wanted, unwanted] = [tests.filter(({ isNot }) => !isNot), tests.filter(({ isNot }) => isNot)];
  return (path) =>
    (wanted.length === 0 || wanted.some(({ test }) => test(path))) &&
    !unwanted.some(({ test }) => test(path));
}
