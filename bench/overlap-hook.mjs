// Loaded into a facet process with --import: notes what each of its threads was busy with, for overlap.bench.ts.
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.env.FACET_OVERLAP) {
  const threads = {};
  subscribe('facet:thread', ({ thread, task, milliseconds }) => {
    const tasks = (threads[thread] ??= {});
    tasks[task] = (tasks[task] ?? 0) + milliseconds;
  });
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    const report = {
      threads,
      mainMilliseconds: performance.eventLoopUtilization().active,
      processCpuSeconds: (user + system) / 1e6,
    };
    writeFileSync(process.env.FACET_OVERLAP, JSON.stringify(report));
  });
}
