import type { WatchEvent } from '../../core/watch-events.ts';
import type { WatchStatus } from '../../pipeline/watch/status.ts';
import type { CliIo } from '../io.ts';
import { duration, wordsOf, type PrintRunOptions } from './run.ts';

/** Seconds between two progress lines of one file. */
const lineEverySeconds = 10;

/** Tells the events of a watch: a line each, progress now and then; JSON lines with --json; only problems with --quiet. */
export function watchPrinter(
  { stdout, stderr }: CliIo,
  { json, quiet }: PrintRunOptions,
): (event: WatchEvent) => void {
  if (json) {
    return (event) => {
      stdout.write(`${JSON.stringify(event)}\n`);
    };
  }
  const shownAt = new Map<string, number>();
  return (event) => {
    if (event.event === 'run' && event.told.event === 'progress') {
      const now = performance.now();
      if (quiet || now - (shownAt.get(event.id) ?? 0) < lineEverySeconds * 1000) return;
      shownAt.set(event.id, now);
    }
    const isProblem = event.event === 'warning' || event.event === 'failed' || event.event === 'held';
    const isRunWarning = event.event === 'run' && event.told.event === 'warning';
    if (quiet && !isProblem && !isRunWarning) return;
    const words = watchWords(event);
    if (words === '') return;
    const stream = event.event === 'done' ? stdout : stderr;
    for (const line of words.split('\n')) stream.write(`${clock(new Date())} ${line}\n`);
  };
}

/** An event as a line for people; empty when there is nothing to say. */
export function watchWords(event: WatchEvent): string {
  switch (event.event) {
    case 'watching': {
      const metrics = event.metricsPort === undefined ? '' : `; metrics on port ${event.metricsPort}`;
      const recovered = event.recovered > 0 ? `, ${event.recovered} taken up again` : '';
      return `watching ${event.inbox}: ${event.queued} queued, ${event.done} done, ${event.failed} failed${recovered}${metrics}`;
    }
    case 'queued':
      return `${event.file}: queued`;
    case 'skipped':
      return `${event.file}: done before (${event.output})`;
    case 'run':
      // The end is told by `done`, when the output has its name.
      return event.told.event === 'finished'
        ? ''
        : wordsOf(event.told)
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => `${event.file}: ${line}`)
            .join('\n');
    case 'done': {
      const swapped = event.framesSwapped > 0 ? `, a face swapped in ${event.framesSwapped}` : '';
      const lost = event.framesLost > 0 ? `, ${event.framesLost} lost` : '';
      return `${event.file}: done: ${event.output}, ${event.frames} frames${swapped}${lost}, in ${duration(event.seconds)}`;
    }
    case 'failed': {
      const next = event.retryAt === undefined ? 'given up' : `again at ${clock(new Date(event.retryAt))}`;
      return `${event.file}: failed (try ${event.failureCount}, ${next}): ${event.problem.message} ${event.problem.hint}`;
    }
    case 'parked':
      return `${event.file}: parked for the next start`;
    case 'gone':
      return `${event.file}: went away or changed before it was done`;
    case 'held':
      return `held until ${clock(new Date(event.until))}: ${event.problem.message} ${event.problem.hint}`;
    case 'resumed':
      return 'going on';
    case 'reloaded':
      return 'new settings hold from now on';
    case 'warning':
      return `warning: ${event.message}${event.hint === undefined ? '' : ` ${event.hint}`}`;
    case 'idle':
      return '';
    case 'stopped':
      return `stopped: ${event.done} done, ${event.failed} failed${event.parked > 0 ? `, ${event.parked} parked` : ''}`;
  }
}

/** What --status prints. */
export function statusLines(status: WatchStatus): readonly string[] {
  const { watcher, held, running, queued, settling, last, counts } = status;
  const lines = [
    watcher
      ? `watched by process ${watcher.pid} on ${watcher.host} since ${clock(new Date(watcher.since))}`
      : 'not watched now',
    ...(status.inbox === undefined ? [] : [`inbox ${status.inbox}`]),
    `${counts.running} running, ${counts.queued} queued, ${counts.done} done, ${counts.failed} failed`,
  ];
  if (held)
    lines.push('', `held until ${clock(new Date(held.until))}: ${held.problem.message} ${held.problem.hint}`);
  if (running.length > 0) lines.push('', 'running');
  for (const job of running) {
    const { framesDone = 0, framesExpected, framesPerSecond = 0, secondsLeft } = job;
    const of =
      framesExpected === undefined
        ? ''
        : ` of ${framesExpected} (${Math.floor((100 * framesDone) / Math.max(1, framesExpected))} %)`;
    const left = secondsLeft === undefined ? '' : `, ${duration(secondsLeft)} left`;
    lines.push(`  ${job.file}: ${framesDone}${of} frames, ${framesPerSecond.toFixed(1)} fps${left}`);
  }
  if (queued.length + settling.length > 0) lines.push('', 'queue');
  for (const { file, failures, retryAt } of queued.slice(0, 20)) {
    const why = failures.at(-1);
    const again = retryAt === undefined ? '' : `, again at ${clock(new Date(retryAt))}`;
    lines.push(`  ${file}${why ? `  (failed ${failures.length}x: ${why.message}${again})` : ''}`);
  }
  if (queued.length > 20) lines.push(`  … and ${queued.length - 20} more`);
  for (const file of settling.slice(0, 20)) lines.push(`  ${file}  (still growing)`);
  if (last.length > 0) lines.push('', 'last results');
  for (const { file, state, endedAt, output, result, failures } of last) {
    const time = endedAt === undefined ? '' : clock(new Date(endedAt));
    const lost = result && result.framesLost > 0 ? `, ${result.framesLost} lost` : '';
    lines.push(
      state === 'done'
        ? `  ${time}  done    ${file} → ${output ?? ''}${result ? `, ${result.frames} frames${lost}, in ${duration(result.seconds)}` : ''}`
        : `  ${time}  failed  ${file}: ${failures.at(-1)?.message ?? ''}`,
    );
  }
  return lines;
}

/** Date and time of day of this place, to the second. */
function clock(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
