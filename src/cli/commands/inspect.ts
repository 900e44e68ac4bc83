import type { Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import type { ResolvedOptions } from '../../core/options/define.ts';
import { inspectOptions } from '../../core/options/inspect.ts';
import type { CliIo } from '../io.ts';
import { addOptions, readOptions } from '../options.ts';
import { faceLines, facesJson, personWords } from '../print/faces.ts';
import { inspectionJson, inspectionLines } from '../print/inspection.ts';

/** Pictures of each person on a sheet. */
const sheetColumns = 8;

/** `facet inspect FILE`: what is in a file. */
export function addInspectCommand(program: Command, io: CliIo): void {
  const command = program
    .command('inspect <file>')
    .description('Shows what is in a video: streams, frame rate, colour, rotation, scene cuts, faces.');
  addOptions(command, inspectOptions).action(async (file: string, flags: Record<string, unknown>) => {
    const options = await readOptions(inspectOptions, flags);
    const { json, scenes } = options;
    const persons = await facesOf(file, options, io);
    const { inspect } = await import('../../pipeline/inspect.ts');
    const inspection = await inspect({ target: file, scenes, env: io.env, signal: io.signal });
    if (json) {
      const report = { ...inspectionJson(inspection), ...(persons ? { faces: facesJson(persons) } : {}) };
      io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      return;
    }
    const lines = [...inspectionLines(inspection), ...(persons ? faceLines(persons) : [])];
    io.stdout.write(`${lines.join('\n')}\n`);
  });
}

/** Finds the faces when asked to, and writes the sheet. */
async function facesOf(file: string, options: ResolvedOptions<typeof inspectOptions>, io: CliIo) {
  const { faces, sheet, profile, device, detectEvery } = options;
  if (!faces) {
    if (sheet === undefined) return undefined;
    throw new UsageError('--sheet is given without --faces.', {
      code: 'USAGE_CONFLICT',
      hint: 'Add --faces, or leave --sheet out.',
    });
  }
  const { env, signal } = io;
  const { faceNetworks } = await import('../../pipeline/face-tools.ts');
  const { inspectFaces, thumbnailSize } = await import('../../pipeline/inspect-faces.ts');
  const open = await faceNetworks({ profile, device, env });
  const pictures = sheet === undefined ? 0 : sheetColumns;
  const persons = await inspectFaces({ target: file, open, every: detectEvery, pictures, env, signal });
  if (sheet !== undefined) {
    const { writeSheet } = await import('../../media/write-sheet.ts');
    const rows = persons.map((person) => ({ lines: personWords(person), pictures: person.pictures }));
    await writeSheet(sheet, rows, thumbnailSize);
  }
  return persons;
}
