import type { FoundProgram } from '../../media/find.ts';
import { e4sImport } from '../../models/catalogue.ts';
import { factor } from '../../nets/choose-device.ts';
import type { ProviderTrial } from '../../nets/try-provider.ts';
import type { Diagnosis } from '../../pipeline/doctor.ts';
import { profileJson } from './models.ts';

/** The report in lines for people. */
export function diagnosisLines(found: Diagnosis): readonly string[] {
  const { cores, processor, memoryBytes, freeMemoryBytes, codecs, devices, chosen, cache, problems } = found;
  const networks = Object.entries(found.networks);
  return [
    row(
      'machine',
      `${found.platform}, ${cores} cores (${processor}), ${gigabytes(memoryBytes)} memory, ${gigabytes(freeMemoryBytes)} free`,
    ),
    row('node', found.node),
    row('ffmpeg', program(found.ffmpeg)),
    row('ffprobe', program(found.ffprobe)),
    row('codecs', codecs.map(({ codec, encoder }) => `${codec} (${encoder})`).join(', ') || 'none'),
    ...devices.map((device, i) => row(i === 0 ? 'devices' : '', deviceWords(device))),
    row('used', chosen ? `${chosen.provider} (${chosen.reason})` : 'none'),
    ...found.profiles.map(({ name, isComplete, roles, problem }, i) => {
      const wrong = roles.filter((role) => role.problem).map(({ role }) => role);
      const state = problem ? problem.message : isComplete ? 'complete' : `not complete: ${wrong.join(', ')}`;
      return row(i === 0 ? 'profiles' : '', `${name}: ${state}`);
    }),
    ...(found.profiles.some(({ name }) => name === e4sImport.name)
      ? []
      : [row('', `${e4sImport.name}: not imported (${e4sImport.command})`)]),
    row(
      'networks',
      networks.length === 0 ? 'none opened' : `${networks.map(([role]) => role).join(', ')} open`,
    ),
    row(
      'cache',
      `${cache.path}, ${cache.isWritable ? 'writable' : 'not writable'}${cache.freeBytes === undefined ? '' : `, ${gigabytes(cache.freeBytes)} free`}`,
    ),
    '',
    ...(problems.length === 0
      ? ['A swap can run here.']
      : [
          'A swap cannot run here:',
          ...problems.flatMap(({ message, hint }) => [`  ${message}`, `    ${hint}`]),
        ]),
  ];
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(10)}${value}`;
}

function program(found: FoundProgram | undefined): string {
  return found ? `${found.version}, ${found.path} (${found.from})` : 'not found';
}

function deviceWords(trial: ProviderTrial): string {
  const name = trial.provider.padEnd(9);
  if (!trial.isUsable) return `${name}no: ${trial.problem}`;
  return trial.speedUp === undefined
    ? `${name}works`
    : `${name}works, ${factor(trial)} as fast as the processor`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** The report as an object for `--json`. */
export function diagnosisJson({
  profiles,
  problems,
  ...facts
}: Diagnosis): Readonly<Record<string, unknown>> {
  return {
    event: 'diagnosed',
    isReady: problems.length === 0,
    ...facts,
    profiles: profiles.map(profileJson),
    problems: problems.map(({ code, message, hint, exitCode }) => ({ code, message, hint, exitCode })),
  };
}
