import type { FoundPerson, Span } from '../../pipeline/face-report.ts';

/** The persons of a file as objects for `--json`: rounded numbers, no pictures. */
export function facesJson(
  persons: readonly FoundPerson<unknown>[],
): readonly Readonly<Record<string, unknown>>[] {
  return persons.map((person) => ({
    id: person.id,
    firstFrame: person.firstFrame,
    lastFrame: person.lastFrame,
    firstSeconds: round(person.firstSeconds, 3),
    lastSeconds: round(person.lastSeconds, 3),
    frames: person.frames,
    bridgedFrames: person.bridgedFrames,
    stretches: person.stretches,
    widthPx: rounded(person.widthPx),
    pose: { yaw: rounded(person.yaw), pitch: rounded(person.pitch), roll: rounded(person.roll) },
    isUpsideDown: person.isUpsideDown,
    score: round(person.score, 3),
  }));
}

/** The persons of a file in lines for people. */
export function faceLines(persons: readonly FoundPerson<unknown>[]): readonly string[] {
  if (persons.length === 0) return ['  faces      none'];
  return persons.map(
    (person, i) => `  ${(i === 0 ? 'faces' : '').padEnd(11)}${personWords(person).join('; ')}`,
  );
}

/** A person in a few words: number, when, how large, how turned. */
export function personWords(person: FoundPerson<unknown>): readonly string[] {
  const { id, firstFrame, lastFrame, firstSeconds, lastSeconds, frames, bridgedFrames } = person;
  const hidden = bridgedFrames > 0 ? `, ${bridgedFrames} hidden` : '';
  return [
    `${id}`,
    `${firstSeconds.toFixed(2)}-${lastSeconds.toFixed(2)} s (${firstFrame}-${lastFrame})`,
    `${frames} frames${hidden}`,
    `${between(person.widthPx)} px wide`,
    `yaw ${between(person.yaw)}°, pitch ${between(person.pitch)}°`,
    ...(person.isUpsideDown ? ['upside down'] : []),
  ];
}

function between({ min, max }: Span): string {
  const [from, to] = [Math.round(min), Math.round(max)];
  return from === to ? `${from}` : `${from} to ${to}`;
}

function rounded({ min, max }: Span): Span {
  return { min: round(min, 1), max: round(max, 1) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
