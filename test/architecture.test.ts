import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import publicNames from './public-names.json' with { type: 'json' };

const src = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

/** Who may import whom: core <- ops <- media | models | nets <- stages <- pipeline <- cli. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  ops: ['core', 'ops'],
  media: ['core', 'ops', 'media'],
  models: ['core', 'ops', 'models'],
  nets: ['core', 'ops', 'nets'],
  workers: ['core', 'ops', 'nets', 'workers'],
  stages: ['core', 'ops', 'media', 'models', 'nets', 'stages'],
  pipeline: ['core', 'ops', 'media', 'models', 'nets', 'stages', 'pipeline'],
  cli: ['core', 'ops', 'media', 'models', 'nets', 'stages', 'pipeline', 'cli'],
};

/** Packages that are imported in one folder only, so that each can be replaced in one place. */
const homes: Readonly<Record<string, string>> = {
  'fluent-ffmpeg': 'media',
  'onnxruntime-node': 'nets',
  zod: 'core',
  commander: 'cli',
  'cli-progress': 'cli',
};

type Import = { readonly file: string; readonly target: string };

/** Modules that a source text imports, exports from or loads. */
async function importsOf(file: string): Promise<Import[]> {
  const text = await readFile(join(src, file), 'utf8');
  const matches = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
  return [...matches].map((match) => ({ file, target: match[1]! }));
}

const files = (await readdir(src, { recursive: true })).filter((name) => name.endsWith('.ts'));
const imports = (await Promise.all(files.map(importsOf))).flat();
const folderOf = (path: string): string => (path.includes('/') ? path.split('/')[0]! : '.');

describe('the layers', () => {
  it('import only downwards', () => {
    const own = imports.filter(({ target }) => target.startsWith('.'));
    expect(own.length).toBeGreaterThan(50);
    const wrong = own.filter(({ file, target }) => {
      const from = folderOf(file);
      if (from === '.') return false;
      const to = folderOf(posix.normalize(posix.join(posix.dirname(file), target)));
      return !(mayImport[from] ?? []).includes(to);
    });
    expect(wrong).toEqual([]);
  });

  it('know every folder of src', () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== '.'));
    expect([...folders].filter((folder) => !(folder in mayImport))).toEqual([]);
  });

  it('import each outside package from one folder only', () => {
    const wrong = imports.filter(({ file, target }) => {
      const home = homes[target];
      return home !== undefined && !file.startsWith(`${home}/`);
    });
    expect(wrong).toEqual([]);
  });

  it('import with file extensions and without default exports of our own', async () => {
    const bare = imports.filter(({ target }) => target.startsWith('.') && !/\.(ts|json)$/.test(target));
    expect(bare).toEqual([]);
    const texts = await Promise.all(files.map((file) => readFile(join(src, file), 'utf8')));
    expect(files.filter((_, i) => /^export default/m.test(texts[i]!))).toEqual([]);
  });

  it('have one barrel', async () => {
    const barrels = files.filter((file) => file.endsWith('index.ts'));
    expect(barrels).toEqual(['index.ts']);
  });
});

it('the public names are those of the checked-in list', async () => {
  const text = await readFile(join(src, 'index.ts'), 'utf8');
  const names = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap((match) =>
    (match[1] ?? '')
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== ''),
  );
  expect(names.sort()).toEqual([...publicNames].sort());
});
