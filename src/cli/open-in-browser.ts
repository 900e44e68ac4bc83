import { spawn } from 'node:child_process';
import type { CliIo } from './io.ts';

/** The system's way of opening a file with what it is usually opened with. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Shows a page in the browser; says where it lies when there is none. */
export function openInBrowser(path: string, { stderr, env }: CliIo): Promise<void> {
  const [command = 'xdg-open', ...words] = openers[process.platform] ?? ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(command, [...words, path], { detached: true, stdio: 'ignore', env: { ...env } });
    child.once('error', () => {
      stderr.write(`warning: There is no ${command} here to show the page. Open ${path} in a browser.\n`);
      resolve();
    });
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
