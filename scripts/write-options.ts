import { writeFile } from 'node:fs/promises';
import { commandOptions } from '../src/core/options/commands.ts';
import { optionsPage } from '../src/core/options/document.ts';

await writeFile(new URL('../docs/options.md', import.meta.url), optionsPage(commandOptions));
