import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfigText } from '../../src/core/options/config.ts';
import { resolveOptions } from '../../src/core/options/define.ts';
import { watchOptions } from '../../src/core/options/watch.ts';
import type { WatchStatus } from '../../src/pipeline/watch/status.ts';
import { until } from '../helpers/cli.ts';
import { countFrames, makeClip, watchPlace, type WatchPlace } from '../helpers/watch.ts';
import { startWatchProcess, type WatchProcess } from '../helpers/watch-process.ts';

const program = join(dirname(fileURLToPath(import.meta.url)), '..', 'fixtures', 'watch', 'pass-watch.mjs');
const run = promisify(execFile);
let place: WatchPlace;
let at: (name: string) => string;
let args: readonly string[];
beforeEach(async () => {
  place = await watchPlace();
  at = (name) => join(place.path, name);
  args = [place.inbox, '-o', place.outputDir, '--settle', '0.05', '--retry-wait', '0.1'];
});
afterEach(() => place.remove());

const event = <T>(watch: WatchProcess, name: string): Promise<T> =>
  until(() => Promise.resolve(watch.events.find((one) => one.event === name) as T | undefined), name, 60);

describe('the process of a watch', () => {
  it('refuses a second one, shows its status, reads its config anew, finishes on SIGTERM and exits 0', async () => {
    await writeFile(at('facet.yaml'), 'pattern: "*.mp4"\ncrf: 30\nmetrics: 0\ngrace: 50\n');
    const watch = startWatchProcess([...args, '--config', at('facet.yaml')]);
    const { metricsPort } = await event<{ metricsPort: number }>(watch, 'watching');

    const second = startWatchProcess([...args, '--once']);
    expect((await second.ended).exitCode).toBe(2);
    expect(second.stderr()).toContain(`is already watched by process ${watch.child.pid}`);

    await makeClip(join(place.inbox, 'a.mp4'), 300);
    await event(watch, 'run');
    const { stdout } = await run(process.execPath, [
      program,
      'watch',
      '--status',
      '--json',
      '-o',
      place.outputDir,
    ]);
    const status = JSON.parse(stdout) as WatchStatus;
    expect(status.watcher?.pid).toBe(watch.child.pid);
    expect([...status.running, ...status.queued, ...status.last].map(({ file }) => file)).toEqual(['a.mp4']);
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(metrics).toMatch(/^facet_watch_done_total \d$/m);
    expect((await fetch(`http://127.0.0.1:${metricsPort}/healthz`)).status).toBe(200);

    await writeFile(at('facet.yaml'), 'pattern: "*.mp4"\ncrf: thirty\n');
    watch.child.kill('SIGHUP');
    const warning = await event<{ code: string; message: string }>(watch, 'warning');
    expect(warning.code).toBe('WATCH_NOT_RELOADED');
    expect(warning.message).toContain('facet.yaml, line 2');
    await writeFile(at('facet.yaml'), 'pattern: "*.mkv"\ngrace: 50\n');
    watch.child.kill('SIGHUP');
    await event(watch, 'reloaded');

    watch.child.kill('SIGTERM');
    expect(await watch.ended).toEqual({ exitCode: 0, signal: null });
    expect(watch.events.at(-1)).toMatchObject({ event: 'stopped', done: 1, parked: 0 });
    expect(await countFrames(join(place.outputDir, 'a.mp4'))).toBe(300);
    const after = await run(process.execPath, [program, 'watch', '--status', '-o', place.outputDir]);
    expect(after.stdout).toContain('not watched now');
    expect(after.stdout).toMatch(/done {4}a\.mp4 → a\.mp4, 300 frames/);
  }, 180_000);

  it('parks on SIGTERM what takes longer than the grace, on Ctrl-C at once, and does it the next time', async () => {
    await makeClip(join(place.inbox, 'a.mp4'), 600);
    for (const [signal, exitCode] of [
      ['SIGTERM', 0],
      ['SIGINT', 130],
    ] as const) {
      const watch = startWatchProcess([...args, '--grace', '0', '--preset', 'placebo']);
      await event(watch, 'run');
      watch.child.kill(signal);
      expect(await watch.ended).toEqual({ exitCode, signal: null });
      expect(await place.outputs()).toEqual([]);
    }
    const last = startWatchProcess([...args, '--once']);
    expect(await last.ended).toEqual({ exitCode: 0, signal: null });
    expect(await countFrames(join(place.outputDir, 'a.mp4'))).toBe(600);
  }, 180_000);

  it('with --once exits with the code of the worst result, and tells a command of every end', async () => {
    await place.clip("it's a clip.mp4");
    await writeFile(join(place.inbox, 'text.mp4'), 'only words '.repeat(100));
    const hook = `cat >> '${at('told')}'; echo "$FACET_EVENT $FACET_FILE" >> '${at('told')}'`;
    const watch = startWatchProcess([...args, '--once', '--on-done', hook]);
    expect((await watch.ended).exitCode).toBe(3);
    expect(watch.stderr()).toContain('text.mp4 is not a video that ffmpeg can read.');
    const told = await readFile(at('told'), 'utf8');
    expect(told).toContain("done it's a clip.mp4\n");
    expect(told).toContain('failed text.mp4\n');
    expect(told).toContain(`"output":"${join(place.outputDir, "it's a clip.mp4")}"`);
  }, 120_000);

  it('calls an address until it answers', async () => {
    const bodies: unknown[] = [];
    let calls = 0;
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        calls += 1;
        if (calls > 1) bodies.push(JSON.parse(body));
        response.writeHead(calls > 1 ? 204 : 500).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await place.clip('a.mp4');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const watch = startWatchProcess([...args, '--once', '--on-done', url]);
    expect((await watch.ended).exitCode).toBe(0);
    server.close();
    expect(calls).toBe(2);
    expect(bodies).toMatchObject([{ event: 'done', file: 'a.mp4', result: { frames: 5 } }]);
  }, 120_000);
});

describe('--print-config', () => {
  it('prints what gives the same options again', async () => {
    await mkdir(at('conf'));
    const given = [
      'inbox: ../in',
      'outputDir: ../out',
      'source: a.png',
      'amount: { skin: 0.3, lip: 1 }',
      'range: 0:01-0:02.5',
    ];
    await writeFile(at('conf/facet.yaml'), [...given, 'faces: like:b.png', 'metrics: 9400', ''].join('\n'));
    const { stdout } = await run(process.execPath, [
      ...[program, 'watch', '--config', at('conf/facet.yaml'), '--crf', '20', '--print-config'],
    ]);
    const read = resolveOptions(watchOptions, await readConfigText(watchOptions, stdout, 'what was printed'));
    expect(read).toMatchObject({
      ...{ inbox: place.inbox, outputDir: place.outputDir, source: [at('conf/a.png')], crf: 20, tries: 3 },
      ...{ amount: { skin: 0.3, lip: 1 }, metrics: { host: '127.0.0.1', port: 9400 } },
      ...{ faces: { kind: 'like', photo: at('conf/b.png') }, range: { startSeconds: 1, endSeconds: 2.5 } },
    });
    await writeFile(at('again.yaml'), stdout);
    const again = await run(process.execPath, [
      program,
      'watch',
      '--config',
      at('again.yaml'),
      '--print-config',
    ]);
    expect(again.stdout).toBe(stdout);
  }, 60_000);
});
