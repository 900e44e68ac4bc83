import type { Command } from 'commander';
import { doctorOptions } from '../../core/options/doctor.ts';
import type { CliIo } from '../io.ts';
import { addOptions, readOptions } from '../options.ts';

/** `facet doctor`: what this machine has, and what is missing. Fails with the first thing that is. */
export function addDoctorCommand(program: Command, io: CliIo): void {
  const command = program
    .command('doctor')
    .description('Shows what this machine has: ffmpeg, devices, models, and what is missing for a swap.');
  addOptions(command, doctorOptions).action(async (flags: Record<string, unknown>) => {
    const { json, profile, device } = await readOptions(doctorOptions, flags);
    const [{ diagnose }, { diagnosisJson, diagnosisLines }] = await Promise.all([
      import('../../pipeline/doctor.ts'),
      import('../print/doctor.ts'),
    ]);
    const found = await diagnose({ profile, device, env: io.env });
    io.stdout.write(
      json ? `${JSON.stringify(diagnosisJson(found))}\n` : `${diagnosisLines(found).join('\n')}\n`,
    );
    const [first] = found.problems;
    if (first) throw first;
  });
}
