import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../../core/errors.ts';
import type { MetricsAddress } from '../../core/options/watch.ts';
import type { JobQueue } from './queue.ts';

/** Metrics in Prometheus' text format 0.0.4. Counters count since the start of the process. */
export function metricsText(queue: JobQueue, settlingCount: number, startedAtMs: number): string {
  const { counts, running, waiting, held } = queue;
  const lines: string[] = [];
  const add = (name: string, type: 'counter' | 'gauge', help: string, value: number, labels = ''): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name}${labels} ${value}`);
  };
  add(
    'facet_watch_start_time_seconds',
    'gauge',
    'When the process began, in seconds since 1970.',
    startedAtMs / 1000,
  );
  add('facet_watch_queue_length', 'gauge', 'Files that wait.', waiting.length);
  add('facet_watch_settling', 'gauge', 'Files that have not yet stopped growing.', settlingCount);
  add('facet_watch_running', 'gauge', 'Files that are worked on.', running.length);
  add(
    'facet_watch_held',
    'gauge',
    '1 while nothing can be worked on (disk full, model missing).',
    held ? 1 : 0,
  );
  add('facet_watch_done_total', 'counter', 'Files done.', counts.done);
  add('facet_watch_failed_total', 'counter', 'Files given up.', counts.failed);
  add('facet_watch_frames_total', 'counter', 'Frames written.', counts.frames);
  add('facet_watch_frames_lost_total', 'counter', 'Frames that could not be decoded.', counts.framesLost);
  add(
    'facet_watch_job_seconds_total',
    'counter',
    'Time that finished jobs took.',
    Number(counts.seconds.toFixed(3)),
  );
  lines.push(
    '# HELP facet_watch_progress_ratio Part of a running file that is done.',
    '# TYPE facet_watch_progress_ratio gauge',
  );
  for (const { entry, progress } of running) {
    const ratio = progress?.framesExpected ? progress.framesDone / progress.framesExpected : 0;
    lines.push(`facet_watch_progress_ratio{file="${escapeLabel(entry.file)}"} ${Number(ratio.toFixed(4))}`);
  }
  return `${lines.join('\n')}\n`;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** A metrics server that listens. */
export type MetricsServer = { readonly port: number; close(): Promise<void> };

/** Serves /metrics, and /healthz: 200, or 503 while nothing can be worked on. @throws {UsageError} */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  text: () => string,
  isHealthy: () => boolean,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const isKnown = request.url === '/metrics' || request.url === '/healthz';
    if (!isKnown || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(isKnown ? 405 : 404).end();
      return;
    }
    if (request.url === '/healthz') {
      const isWell = isHealthy();
      response
        .writeHead(isWell ? 200 : 503, { 'content-type': 'text/plain' })
        .end(isWell ? 'ok\n' : 'held\n');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text());
  });
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new UsageError(`--metrics cannot listen on ${host}:${port} (${cause.code ?? cause.message}).`, {
          code: 'USAGE_BAD_VALUE',
          hint: 'Choose another port.',
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}
