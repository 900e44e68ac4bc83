import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { commandOptions } from '../../src/core/options/commands.ts';
import { optionsPage } from '../../src/core/options/document.ts';

it('docs/options.md says what the option definitions say', async () => {
  const page = await readFile(new URL('../../docs/options.md', import.meta.url), 'utf8');
  // When this fails: npx tsx scripts/write-options.ts
  expect(page).toBe(optionsPage(commandOptions));
});

it('every option has one long flag and one name, the same in its table', () => {
  for (const group of Object.values(commandOptions)) {
    for (const [name, option] of Object.entries(group)) {
      expect(option.name).toBe(name);
      expect(option.flag).toMatch(/^(-\w, )?--[a-z][a-z0-9-]*( <[^>]+>)?$/);
    }
    const flags = Object.values(group).map(({ flag }) => /--[a-z0-9-]+/.exec(flag)?.[0]);
    expect(new Set(flags).size).toBe(flags.length);
  }
});
