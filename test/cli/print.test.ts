import { Writable } from 'node:stream';
import { from, throwError, concat } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { errorLines, exitCodeOf } from '../../src/cli/print/error.ts';
import { duration, printRun } from '../../src/cli/print/run.ts';
import { progressMeter } from '../../src/pipeline/progress-meter.ts';
import { StageTimings } from '../../src/stages/timings.ts';

function fakeIo(isInteractive = false): { io: CliIo; out: () => string; err: () => string } {
  const text = { out: '', err: '' };
  const sink = (name: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, callback) {
        text[name] += chunk.toString();
        callback();
      },
    });
  const io: CliIo = {
    stdout: sink('out'),
    stderr: sink('err'),
    env: { NO_COLOR: '1' },
    signal: new AbortController().signal,
    isInteractive,
    takeSignals: () => () => undefined,
  };
  return { io, out: () => text.out, err: () => text.err };
}

const events: readonly RunEvent[] = [
  { event: 'started', target: 'a', output: 'b.mp4', framesExpected: 9, devices: {}, leftOut: ['No sound.'] },
  {
    event: 'progress',
    framesDone: 4,
    framesExpected: 9,
    framesPerSecond: 2,
    secondsLeft: 2.5,
    slowestStage: 'parse',
  },
  { event: 'warning', code: 'FRAMES_LOST', message: '1 frame is lost.', hint: 'Mind it.' },
  {
    event: 'finished',
    output: 'b.mp4',
    frames: 8,
    framesSwapped: 3,
    framesLost: 1,
    seconds: 4.2,
    stageMilliseconds: {},
    tracks: [],
  },
];

describe('printRun', () => {
  it('tells people in words where there is no terminal', async () => {
    const { io, out, err } = fakeIo();
    const finished = await printRun(from(events), io, { json: false, quiet: false });
    expect(finished).toMatchObject({ frames: 8 });
    expect(out()).toBe('b.mp4: 8 frames, a face swapped in 3, 1 lost, in 4.2 s\n');
    expect(err()).toBe('note: No sound.\nwarning: 1 frame is lost. Mind it.\n');
  });

  it('tells programs one JSON object a line', async () => {
    const { io, out, err } = fakeIo();
    await printRun(from(events), io, { json: true, quiet: false });
    expect(
      out()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(events);
    expect(err()).toBe('');
  });

  it('keeps only warnings when quiet', async () => {
    const { io, out, err } = fakeIo();
    await printRun(from(events), io, { json: false, quiet: true });
    expect(out()).toBe('');
    expect(err()).toBe('warning: 1 frame is lost. Mind it.\n');
  });

  it('shows a bar with frames, speed and time left on a terminal, without colour when asked', async () => {
    const { io, out, err } = fakeIo(true);
    Object.assign(io.stderr, { isTTY: true, columns: 100, cursorTo: () => true, clearLine: () => true });
    await printRun(from(events), io, { json: false, quiet: false });
    expect(err()).toContain('4/9 frames  2.0 fps  2.5 s left  (parse)');
    expect(err()).not.toContain('\u001b[36m');
    expect(out()).toContain('b.mp4: 8 frames');
  });

  it('rejects with the error of the run', async () => {
    const { io } = fakeIo();
    const failing = concat(
      from(events.slice(0, 2)),
      throwError(() => new Error('broken')),
    );
    await expect(printRun(failing, io, { json: false, quiet: false })).rejects.toThrow('broken');
  });
});

describe('errors', () => {
  const error = new InputError('There is no file x.', { code: 'INPUT_NOT_FOUND', hint: 'Check the path.' });

  it('are a sentence and a hint, with the trace only when asked', () => {
    expect(errorLines(error, { isDebug: false })).toEqual([
      'facet: There is no file x.',
      '  Check the path.',
    ]);
    expect(errorLines(error, { isDebug: true }).join('\n')).toContain('InputError');
    expect(exitCodeOf(error)).toBe(3);
  });

  it('lead with the first when closing fails too', () => {
    const both = new AggregateError([error, new Error('stuck')]);
    expect(errorLines(both, { isDebug: false })[0]).toBe('facet: There is no file x.');
    expect(exitCodeOf(both)).toBe(3);
  });

  it('that are not ours say so', () => {
    expect(exitCodeOf(new TypeError('oops'))).toBe(1);
    expect(errorLines(new TypeError('oops'), { isDebug: false })[1]).toContain('--debug');
  });
});

it.each([
  [7.31, '7.3 s'],
  [125, '2:05'],
  [3723, '1:02:03'],
])('writes %d seconds as %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

it('measures progress four times a second at most, over the last seconds', () => {
  let now = 0;
  const meter = progressMeter(100, new StageTimings(), () => now);
  now = 100;
  expect(meter(1)).toBeUndefined();
  now = 1000;
  expect(meter(10)).toMatchObject({ framesDone: 10, framesPerSecond: 10, secondsLeft: 9 });
  now = 1100;
  expect(meter(11)).toBeUndefined();
  for (now = 2000; now <= 40_000; now += 1000) meter(10 + now / 1000);
  now = 41_000;
  expect(meter(51)?.framesPerSecond).toBeCloseTo(1, 1);
});
