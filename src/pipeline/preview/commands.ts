import { basename, extname, join, dirname } from 'node:path';
import { commandWords, shellLine } from '../../core/options/command-line.ts';
import type { OptionGroup } from '../../core/options/define.ts';
import { previewOptions } from '../../core/options/preview.ts';
import { swapOptions } from '../../core/options/swap.ts';
import type { PreviewOptions } from './plan-preview.ts';
import type { PreviewFolder } from './preview-folder.ts';

/** Extensions of videos that facet can write. */
const writable = ['.mp4', '.m4v', '.mov', '.mkv', '.webm'];
const ownOptions = [...Object.keys(swapOptions), 'target'];

/**
 * Command lines that do the same to the whole file, and that make the preview again, ready for a shell. What no
 * flag can say goes into a config file in the folder.
 */
export async function previewCommands(
  options: PreviewOptions,
  folder: PreviewFolder,
): Promise<{ readonly swap: string; readonly preview: string }> {
  const extension = extname(options.target).toLowerCase();
  const output = join(
    dirname(options.target),
    `${basename(options.target, extname(options.target))}-swapped${writable.includes(extension) ? extension : '.mp4'}`,
  );
  const swapGroup = only(ownOptions);
  const previewGroup = only(Object.keys(previewOptions).filter((name) => name !== 'overwrite'));
  const [swap, preview] = [commandWords(swapGroup, options), commandWords(previewGroup, options)];
  if (swap && preview) {
    return {
      swap: shellLine(['facet', 'swap', ...swap, '--output', output]),
      preview: shellLine(['facet', 'preview', ...preview]),
    };
  }
  const config = await folder.write(
    'options.json',
    `${JSON.stringify(Object.fromEntries(ownOptions.map((name) => [name, options[name as keyof PreviewOptions]])), null, 2)}\n`,
  );
  const rest = only(['range', 'frames', 'at', 'auto', 'outputDir', 'compare']);
  return {
    swap: shellLine(['facet', 'swap', '--config', config, '--output', output]),
    preview: shellLine(['facet', 'preview', '--config', config, ...(commandWords(rest, options) ?? [])]),
  };
}

function only(names: readonly string[]): OptionGroup {
  return Object.fromEntries(Object.entries(previewOptions).filter(([name]) => names.includes(name)));
}
