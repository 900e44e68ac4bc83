import type { Command } from 'commander';
import { ModelError, UsageError } from '../../core/errors.ts';
import {
  modelsImportOptions,
  modelsListOptions,
  modelsPullOptions,
  modelsVerifyOptions,
} from '../../core/options/models.ts';
import { e4sImport } from '../../models/catalogue.ts';
import { writeError } from '../../models/file-errors.ts';
import { modelsFolder } from '../../models/folders.ts';
import type { CliIo } from '../io.ts';
import { addOptions, readOptions } from '../options.ts';
import { modelsJson, modelsLines, profileJson, profileLines } from '../print/models.ts';

/** `facet models list|pull|import|verify`: the networks, where they are, what they may be used for. */
export function addModelsCommand(program: Command, io: CliIo): void {
  const models = program.command('models').description('Lists, fetches, imports and checks the networks.');
  addList(models, io);
  addPull(models, io);
  addImport(models, io);
  addVerify(models, io);
}

function addList(models: Command, io: CliIo): void {
  const command = models
    .command('list')
    .description('Shows every profile: its roles, sizes, licences, where the files are and what is missing.');
  addOptions(command, modelsListOptions).action(async (flags: Record<string, unknown>) => {
    const { json } = await readOptions(modelsListOptions, flags);
    const { env } = io;
    const { listCatalogue, listProfiles } = await import('../../models/status.ts');
    const [profiles, networks] = await Promise.all([listProfiles({ env }), listCatalogue({ env })]);
    const imports = profiles.some(({ name }) => name === e4sImport.name) ? [] : [e4sImport];
    const found = { profiles, networks, imports };
    print(io, json ? [JSON.stringify(modelsJson(found), null, 2)] : modelsLines(found));
  });
}

function addPull(models: Command, io: CliIo): void {
  const command = models
    .command('pull <name>')
    .description('Fetches a public network (yunet, yunet-s, facemesh) or completes a profile.');
  addOptions(command, modelsPullOptions).action(async (name: string, flags: Record<string, unknown>) => {
    const options = await readOptions(modelsPullOptions, flags);
    const [{ fetchPrinter }, { pull }] = await Promise.all([
      import('../print/fetch.ts'),
      import('../../models/pull.ts'),
    ]);
    const printer = fetchPrinter(io, options);
    try {
      const pulled = await pull({
        name,
        from: options.from,
        with: options.with,
        env: io.env,
        signal: io.signal,
        tell: printer.event,
      });
      printer.end();
      if (options.json) print(io, [JSON.stringify({ event: 'finished', ...pulled })]);
      else if (!options.quiet) print(io, [`${name} is here. Use it with --profile ${pulled.profile}.`]);
    } catch (error) {
      printer.end();
      throw error;
    }
  });
}

function addImport(models: Command, io: CliIo): void {
  const command = models
    .command('import <name>')
    .description("Makes the profile e4s from its authors' PyTorch checkpoints; nothing in them is executed.");
  addOptions(command, modelsImportOptions).action(async (name: string, flags: Record<string, unknown>) => {
    if (name !== e4sImport.name) {
      throw new UsageError(`There is no import for ${name}.`, {
        code: 'USAGE_UNKNOWN_MODEL',
        hint: `Run "${e4sImport.command}".`,
      });
    }
    const { json, checkpoint, parser, fp16 } = await readOptions(modelsImportOptions, flags);
    const outDir = modelsFolder(io.env);
    if (!json) io.stderr.write(`Reading ${checkpoint} and building the networks: half a minute or so.\n`);
    const [{ importCheckpoint }, { profileStatus }] = await Promise.all([
      import('../../models/import-e4s.ts'),
      import('../../models/status.ts'),
    ]);
    const { manifest } = await importCheckpoint({
      checkpoint,
      fp16,
      outDir,
      signal: io.signal,
      ...(parser !== undefined && { parser }),
    }).catch((error: unknown) => {
      throw writeError(outDir, error) ?? error;
    });
    const status = await profileStatus(name, { env: io.env, isFull: true });
    if (json)
      print(io, [JSON.stringify({ event: 'finished', profile: name, manifest, ...profileJson(status) })]);
    else print(io, [...profileLines(status), `${name} is here. Use it with --profile ${name}.`]);
  });
}

function addVerify(models: Command, io: CliIo): void {
  const command = models
    .command('verify [profiles...]')
    .description('Reads every file of the profiles (default: all) and compares sizes and SHA-256.');
  addOptions(command, modelsVerifyOptions).action(async (names: string[], flags: Record<string, unknown>) => {
    const { json } = await readOptions(modelsVerifyOptions, flags);
    const options = { env: io.env, isFull: true };
    const { listProfiles, profileStatus } = await import('../../models/status.ts');
    const profiles =
      names.length === 0
        ? await listProfiles(options)
        : await Promise.all(names.map((name) => profileStatus(name, options)));
    if (json) print(io, [JSON.stringify({ event: 'verified', profiles: profiles.map(profileJson) })]);
    else print(io, profiles.flatMap(profileLines));
    const bad = profiles.find(({ isComplete }) => !isComplete);
    if (!bad) return;
    const first = bad.problem ?? bad.roles.find(({ problem }) => problem)?.problem;
    throw (
      first ??
      new ModelError(`The profile ${bad.name} is not complete.`, {
        code: 'MODEL_INCOMPLETE',
        hint: 'Run "facet models list".',
      })
    );
  });
}

function print({ stdout }: CliIo, lines: readonly string[]): void {
  stdout.write(`${lines.join('\n')}\n`);
}
