import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readOptions } from '../../src/cli/options.ts';
import { swapCommandOptions } from '../../src/core/options/swap-run.ts';
import { passthroughOptions } from '../../src/core/options/passthrough.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/media.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(at('a.yaml'), 'target: in.mp4\ncrf: 30\naudio: none\n');
  await writeFile(at('a.json'), '{"target": "in.mp4", "crf": 31}');
  await writeFile(at('wrong.yaml'), 'target: in.mp4\ncfr: 30\n');
  await writeFile(at('list.yaml'), '- 1\n- 2\n');
  await writeFile(at('value.yaml'), '# a comment\ntarget: in.mp4\n\ncrf: many\n');
  await writeFile(at('broken.yaml'), 'target: in.mp4\naudio: "none\n');
});
afterAll(() => folder.remove());

it('takes paths in a file from the folder it lies in, and those of flags from where the command is started', async () => {
  await writeFile(
    at('swap.yaml'),
    'target: clips/in.mp4\nsource: [me.png, /photos/you.png]\nfaces: like:her.png\nprofile: mini\n',
  );
  const options = await readOptions(swapCommandOptions, { config: at('swap.yaml'), output: 'o.mp4' });
  expect(options).toMatchObject({
    target: at('clips/in.mp4'),
    source: [at('me.png'), '/photos/you.png'],
    faces: { kind: 'like', photo: at('her.png') },
    profile: 'mini',
    output: 'o.mp4',
  });
});

it('lets a flag take back what excludes it in the file', async () => {
  await writeFile(at('one.yaml'), 'target: in.mp4\nsource: me.png\nrange: 1-2\n');
  const map = ['a.png=0'];
  const given = { config: at('one.yaml'), output: 'o.mp4', map, frames: '3-4' };
  expect(await readOptions(swapCommandOptions, given)).toMatchObject({
    source: undefined,
    range: undefined,
    map: [{ source: ['a.png'] }],
    frames: { kind: 'frames', first: 3, last: 4 },
  });
});

it('reads options from YAML and JSON; flags win', async () => {
  const fromYaml = await readOptions(passthroughOptions, { config: at('a.yaml'), output: 'o.mp4' });
  expect(fromYaml).toMatchObject({
    target: at('in.mp4'),
    output: 'o.mp4',
    crf: 30,
    audio: 'none',
    overwrite: false,
  });
  const fromJson = await readOptions(passthroughOptions, {
    config: at('a.json'),
    output: 'o.mp4',
    crf: '12',
  });
  expect(fromJson).toMatchObject({ target: at('in.mp4'), crf: 12, audio: 'copy' });
});

it('says where a wrong name stands and what was meant', async () => {
  await expect(readOptions(passthroughOptions, { config: at('wrong.yaml') })).rejects.toMatchObject({
    code: 'USAGE_UNKNOWN_OPTION',
    message: `There is no option \`cfr\` in the config file ${at('wrong.yaml')}, line 2.`,
    hint: 'Did you mean `crf`?',
  });
  await expect(readOptions(passthroughOptions, { config: at('value.yaml') })).rejects.toMatchObject({
    code: 'USAGE_BAD_VALUE',
    message: `--crf cannot be "many" in the config file ${at('value.yaml')}, line 4.`,
  });
  const broken = readOptions(passthroughOptions, { config: at('broken.yaml') });
  await expect(broken).rejects.toMatchObject({
    code: 'USAGE_BAD_CONFIG',
    message: expect.stringMatching(
      /^The config file .*broken\.yaml is neither YAML nor JSON \(line \d, column \d+\)\.$/,
    ) as string,
  });
  await expect(readOptions(passthroughOptions, { config: at('list.yaml') })).rejects.toMatchObject({
    code: 'USAGE_BAD_CONFIG',
  });
  await expect(readOptions(passthroughOptions, { config: at('none.yaml') })).rejects.toMatchObject({
    code: 'CONFIG_UNREADABLE',
    exitCode: 3,
  });
});

it('says what is missing from the command line', async () => {
  const { exitCode, stderr } = await cli(['passthrough', '-t', 'in.mp4']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--output is missing.');
});
