import { lstat, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FinishedEvent, RunEvent } from '../../core/events.ts';
import { probeMedia } from '../../media/probe.ts';
import type { JobEntry, JobResult } from './entries.ts';
import type { JobKind, JobSurroundings } from './job-kind.ts';
import { now } from './ledger.ts';
import { workNames, workOutput } from './publish.ts';
import { jobReport, RunLog } from './report.ts';
import type { WatchFolders } from './settings.ts';
import { readFileOptions, type FileOptions } from './sidecars.ts';
import { hashFile, isSameStamp, stampOf } from './stamp.ts';
import { syncFile, syncFolder } from './sync.ts';

/** Whether a file of the inbox is still what it was. */
export async function lookAt(inbox: string, entry: JobEntry): Promise<'same' | 'changed' | 'away'> {
  const stats = await lstat(join(inbox, entry.file)).catch(() => undefined);
  if (!stats) return 'away';
  return stats.isFile() && isSameStamp(stampOf(stats), entry.stamp) ? 'same' : 'changed';
}

/** A file that is ready to be worked on. */
export type PreparedJob = FileOptions & {
  /** What the report says about sources and networks. */
  readonly facts: Readonly<Record<string, unknown>>;
};

/** How far a job got, for who is to blame when it fails. */
export type JobProgress = { isOpened: boolean; hasSidecar: boolean };

/** Reads a file's options and opens it as media. */
export async function prepareJob(
  inbox: string,
  entry: JobEntry,
  base: Readonly<Record<string, unknown>>,
  {
    kind,
    progress,
    env,
    signal,
  }: JobSurroundings & { readonly kind: JobKind; readonly progress: JobProgress },
): Promise<PreparedJob> {
  const own = await readFileOptions(inbox, entry.file, base);
  progress.hasSidecar = own.sidecars.length > 0;
  await probeMedia(join(inbox, entry.file), { env, signal });
  progress.isOpened = true;
  return { ...own, facts: await kind.describe(own.options, env) };
}

/**
 * Works on a file in a folder of its own; when it resolves, output, report and log are there and on the disk.
 *
 * @param output path in the output folder that it will get
 */
export async function runJob(
  entry: JobEntry,
  output: string,
  prepared: PreparedJob,
  {
    kind,
    folders,
    tell,
    version,
    ...surroundings
  }: JobSurroundings & {
    readonly kind: JobKind;
    readonly folders: WatchFolders;
    readonly tell: (event: RunEvent) => void;
    readonly version: string;
  },
): Promise<JobResult> {
  const workDir = join(folders.work, entry.id);
  await rm(workDir, { recursive: true, force: true });
  await mkdir(workDir, { recursive: true });
  const workFile = join(workDir, workOutput(output));
  const log = new RunLog();
  const startedAt = now();
  log.say(`${entry.file} (${entry.stamp.sizeBytes} bytes, sha256 ${entry.sha256}) to ${output}`);
  for (const { at, code, message } of entry.failures) log.say(`earlier try, ${at}: ${code}: ${message}`);
  const target = join(folders.inbox, entry.file);
  const request = { target, output: workFile, options: prepared.options };
  const finished = await lastFinished(kind.run(request, surroundings), (event) => {
    log.tell(event);
    tell(event);
  });
  await syncFile(workFile);
  const result: JobResult = {
    sizeBytes: (await stat(workFile)).size,
    sha256: await hashFile(workFile, surroundings.signal),
    frames: finished.frames,
    framesSwapped: finished.framesSwapped,
    framesLost: finished.framesLost,
    seconds: finished.seconds,
  };
  const report = jobReport({ entry, output, result, ...prepared, log, startedAt, version });
  await writeFile(join(workDir, workNames.report), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(workDir, workNames.log), log.text);
  for (const name of [workNames.report, workNames.log]) await syncFile(join(workDir, name));
  await syncFolder(workDir);
  await syncFolder(dirname(workDir));
  return result;
}

function lastFinished(
  events: ReturnType<JobKind['run']>,
  tell: (event: RunEvent) => void,
): Promise<FinishedEvent> {
  return new Promise((resolve, reject) => {
    let finished: FinishedEvent | undefined;
    events.subscribe({
      next: (event) => {
        if (event.event === 'finished') finished = event;
        tell(event);
      },
      error: (error: unknown) => {
        reject(error instanceof Error ? error : new Error(String(error)));
      },
      complete: () => {
        if (finished) resolve(finished);
        else reject(new Error('The job ended without saying that it is finished.'));
      },
    });
  });
}
