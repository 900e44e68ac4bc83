import { readdir, stat, mkdir, writeFile, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Brings dist/ up to date before the tests: worker threads and the command run compiled files, because
 * Node 20 cannot load TypeScript. Files are transpiled one by one (types are `tsc --noEmit`'s business).
 */
export default async function build(): Promise<void> {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  for (const entry of await readdir(join(root, 'src'), { recursive: true })) {
    if (!entry.endsWith('.ts')) continue;
    const source = join(root, 'src', entry);
    const target = join(root, 'dist', entry.replace(/\.ts$/, '.js'));
    const made = await stat(target).catch(() => undefined);
    if (made && made.mtimeMs >= (await stat(source)).mtimeMs) continue;
    const { outputText } = ts.transpileModule(await readFile(source, 'utf8'), { compilerOptions: options });
    await mkdir(dirname(target), { recursive: true });
    await writeFile(`${target}.${process.pid}`, outputText);
    await rename(`${target}.${process.pid}`, target);
  }
}
