import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { commandWords, shellLine } from '../../../src/core/options/command-line.ts';
import { resolveOptions } from '../../../src/core/options/define.ts';
import { previewOptions } from '../../../src/core/options/preview.ts';

const run = promisify(execFile);
const base = { source: ['a.png'], target: 'in.mp4' };

/** Options from the words of a command line, as the command reads them: flags by name, repeated ones collected. */
function fromWords(words: readonly string[]): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (let i = 0; i < words.length; i++) {
    const [flag, tied] = words[i]!.split(/=(.*)/s);
    const [name, option] =
      Object.entries(previewOptions).find(([, one]) => one.flag.includes(`${flag} `)) ??
      Object.entries(previewOptions).find(([, one]) => one.flag.endsWith(flag!))!;
    const value = option.flag.includes('<')
      ? words[i]!.startsWith('--') && tied !== undefined
        ? tied
        : words[++i]
      : true;
    if (option.isRepeatable) given[name] = [...((given[name] as unknown[] | undefined) ?? []), value];
    else given[name] = value;
  }
  return given;
}

describe('the options of preview', () => {
  it('reads moments, in order and once each', () => {
    const { at } = resolveOptions(previewOptions, { ...base, at: '1:02.5,3,3,0:01' });
    expect(at).toEqual([1, 3, 62.5]);
  });
  it('reads what to compare, with the values as the option takes them', () => {
    const { compare } = resolveOptions(previewOptions, {
      ...base,
      compare: ['shape=source,0.5,target', 'regions=lip+nose,face'],
    });
    expect(compare?.[0]?.variants.map(({ value }) => value)).toEqual([1, 0.5, 0]);
    expect(compare?.[1]?.variants[0]).toEqual({ text: 'lip,nose', value: ['lip', 'nose'] });
  });
  it.each([
    [{ at: '5,x' }, /times such as/],
    [{ auto: 0 }, /whole number from 1 to 24/],
    [{ compare: 'colour=1,2' }, /one of amount, regions/],
    [{ compare: 'amount=0.3' }, /2 to 12 values/],
    [{ compare: 'amount=0.3,2' }, /2 is none/],
  ])('refuses %j with the way out', (given, hint) => {
    expect(() => resolveOptions(previewOptions, { ...base, ...given })).toThrow(
      expect.objectContaining({
        code: 'USAGE_BAD_VALUE',
        hint: expect.stringMatching(hint) as string,
      }) as Error,
    );
  });
});

describe('the command line of some options', () => {
  const given = {
    source: [`it's "mine" $HOME.png`, '-dash.png', 'naïve photo.png'],
    target: 'a b\\c;rm -rf `x`!.mp4',
    regions: 'lip,nose',
    amount: 'skin=0.4,lip=0.9',
    shape: 'target',
    faces: '2,0',
    range: '1:02.5-1:04',
    compare: ['amount=skin=0.4+lip=1,1', 'light=match,off'],
    label: true,
  };
  it('says the same options again', () => {
    const options = resolveOptions(previewOptions, given);
    const again = resolveOptions(previewOptions, fromWords(commandWords(previewOptions, options)!));
    expect(again).toEqual(options);
  });
  it('comes through a shell as it was', async () => {
    const words = commandWords(previewOptions, resolveOptions(previewOptions, given))!;
    const { stdout } = await run('sh', ['-c', `printf '%s\\0' ${shellLine(words)}`]);
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });
  it('leaves out what has its default', () => {
    const words = commandWords(previewOptions, resolveOptions(previewOptions, base));
    expect(words).toEqual(['--source', 'a.png', '--target', 'in.mp4']);
  });
  it('is none where only a config file can say it', () => {
    const options = resolveOptions(previewOptions, {
      target: 'in.mp4',
      map: [{ source: ['a.png', 'b.png'], faces: 'all', shape: 0.5 }],
    });
    expect(commandWords(previewOptions, options)).toBeUndefined();
  });
});
