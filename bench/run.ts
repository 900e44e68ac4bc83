import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, surroundings, type Bench } from './bench.ts';

/**
 * `npm run bench [-- name …]`: builds, runs the named benchmarks (or all) one after the other, prints their
 * figures and writes bench/results/<name>.json.
 */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  await promisify(execFile)('npm', ['run', 'build', '--silent'], { cwd: root });
  const names = (await readdir(join(root, 'bench')))
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => file.replace('.bench.ts', ''))
    .filter((name) => wanted.length === 0 || wanted.includes(name));
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(', ')}.`);
  await mkdir(join(root, 'bench', 'results'), { recursive: true });
  for (const name of names) {
    const { bench } = (await import(`./${name}.bench.ts`)) as { bench: Bench };
    console.log(`${bench.name}: ${bench.what}`);
    const before = await surroundings();
    const figures = await bench.run((line) => {
      console.log(`  ${line}`);
    });
    console.log(`  ${JSON.stringify(figures)}`);
    const result = {
      name: bench.name,
      what: bench.what,
      command: `npm run bench -- ${name}`,
      ...before,
      figures,
    };
    await writeFile(join(root, 'bench', 'results', `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  }
}

await main();
